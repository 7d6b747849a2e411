"""The eligibility inquiry, 270 (005010X279A1)."""

from services.payer_gateway.x12.guides.notation import read_guide

ELIGIBILITY_INQUIRY = read_guide(
    "270",
    ("005010X279", "005010X279A1"),
    """
list payer 2B,36,GP,P5,PR
list provider 1P,2B,36,80,FA,GP,P5,PR
list own_id 24,34,FI,PI,PP,SV,XV,XX
list provider_ref 0B,1C,1D,1J,4A,CT,EL,EO,HPI,JD,N5,N7,Q4,SY,TJ
list member_ref 18,1L,1W,3H,49,6P,CE,CT,EA,EJ,F6,GH,HJ,IF,IG,M7,ML,MRC,N6,NQ,Q4,SY,Y4
list part AD,AT,BI,CO,CV,H,HH,LA,OT,P1,P2,PC,PE,R,RF,SB,SK,SU
list service 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,30,32,33,\
34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,\
66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,\
98,99,A0,A1,A2,A3,A4,A5,A6,A7,A8,A9,AA,AB,AC,AD,AE,AF,AG,AH,AI,AJ,AK,AL,AM,AN,AO,AQ,AR,B1,B2,B3,\
BA,BB,BC,BD,BE,BF,BG,BH,BI,BJ,BK,BL,BM,BN,BP,BQ,BR,BS,BT,BU,BV,BW,BX,BY,BZ,C1,CA,CB,CC,CD,CE,CF,\
CG,CH,CI,CJ,CK,CL,CM,CN,CO,CP,CQ,DG,DM,DS,GF,GN,GY,IC,MH,NI,ON,PT,PU,RN,RT,TC,TN,UC
  ST R1 !270 ! !
  BHT R1 !0022 !01,13,36 ? ! ! ?RT
loop 2000A R* in .
  HL R1 ! - !20 !1
loop 2100A R1 in 2000A
  NM1 R1 !=payer !1,2 ? ? ? - ? !24,46,FI,NI,PI,XV,XX !
loop 2000B R* in 2000A
  HL R1 ! ! !21 !1
loop 2100B R1 in 2000B
  NM1 R1 !=provider !1,2 ? ? ? - ? !=own_id !
  REF S9 !=provider_ref ! ?
  N3 S1 ! ?
  N4 S1 ! ? ? ? - - ?
  PRV S1 !=part ?9K,PXC ?
loop 2000C R* in 2000B
  HL R1 ! ! !22 !0,1
  TRN S2 !1 ! ! ?
loop 2100C R1 in 2000C
  NM1 R1 !IL !1,2 ? ? ? - ? ?II,MI ?
  REF S9 !=member_ref !
  N3 S1 ! ?
  N4 S1 ! ? ? ? - - ?
  PRV S1 !=part ?9K,D3,EI,HPI,PXC,SY,TJ ?
  DMG S1 ?D8 ? ?F,M
  INS S1 !Y !18 -*14 ?
  HI S1 !(!ABK,BK !) ?(!ABF,BF !)*7
  DTP S2 !102,291 !D8,RD8 !
loop 2110C S99 in 2100C
  EQ R1 ?{99}=service ?(!AD,CJ,HC,ID,IV,N4,ZZ ! ? ? ? ?) ?FAM,IND ? ?(! ? ? ?)
  AMT S1 !R !
  AMT S1 !PB !
  III S10 !GR,NI,ZZ !
  REF S1 !9F,G1 !
  DTP S1 !291,472 !D8,RD8 !
loop 2000D S* in 2000C
  HL R1 ! ! !23 !0
  TRN S2 !1 ! ! ?
loop 2100D R1 in 2000D
  NM1 R1 !03 !1 ? ? ? - ?
  REF S9 !=member_ref !
  N3 S1 ! ?
  N4 S1 ! ? ? ? - - ?
  PRV S1 !=part ?9K,D3,EI,HPI,PXC,SY,TJ ?
  DMG S1 ?D8 ? ?F,M
  INS S1 !N !01,19,34,G8 -*14 ?
  HI S1 !(!ABK,BK !) ?(!ABF,BF !)*7
  DTP S2 !102,291 !D8,RD8 !
loop 2110D R99 in 2100D
  EQ R1 ?{99}=service ?(!AD,CJ,HC,ID,IV,N4,ZZ ! ? ? ? ?) ?FAM,IND ? ?(! ? ? ?)
  AMT S1 !R !
  AMT S1 !PB !
  III S10 !GR,NI,ZZ !
  REF S1 !9F,G1 !
  DTP S1 !291,472 !D8,RD8 !
tail .
  SE R1 ! !
""",
)
