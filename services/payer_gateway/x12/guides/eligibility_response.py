"""The eligibility response, 271 (005010X279A1)."""

from services.payer_gateway.x12.guides.notation import read_guide

ELIGIBILITY_RESPONSE = read_guide(
    "271",
    ("005010X279", "005010X279A1"),
    """
list payer 2B,36,GP,P5,PR
list provider 1P,2B,36,80,FA,GP,P5,PR
list own_id 24,34,FI,PI,PP,SV,XV,XX
list provider_ref 0B,1C,1D,1J,4A,CT,EL,EO,HPI,JD,N5,N7,Q4,SY,TJ
list member_ref 18,1L,1W,3H,49,6P,CE,CT,EA,EJ,F6,GH,HJ,IF,IG,M7,ML,MRC,N6,NQ,Q4,SY,Y4
list part AD,AT,BI,CO,CV,H,HH,LA,OT,P1,P2,PC,PE,R,RF,SB,SK,SU
list benefit 1,2,3,4,5,6,7,8,A,B,C,CB,D,E,F,G,H,I,J,K,L,M,MC,N,O,P,Q,R,S,T,U,V,W,X,Y
list coverage CHD,DEP,ECH,EMP,ESP,FAM,IND,SPC,SPO
list member_date 096,102,152,291,307,318,340,341,342,343,346,347,356,357,382,435,442,458,472,539,\
540,636,771
list benefit_date 096,193,194,198,290,291,292,295,304,307,318,346,347,348,349,356,357,435,472,\
636,771
list benefit_ref 18,1L,1W,49,6P,9F,ALS,CLI,F6,FO,G1,GH,HJ,IF,IG,M7,N6,NQ
list other 13,1I,1P,2B,36,73,FA,GP,GW,I3,IL,LR,OC,P3,P4,P5,PR,PRP,SEP,TTP,VN,VY,X3
list other_id 24,34,46,FA,FI,II,MI,NI,PI,PP,SV,XV,XX
list reach ED,EM,EX,FX,HP,TE,UR,WP
list reason 04,15,33,35,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,60,61,62,63,64,65,66,\
67,68,69,70,71,72,73,74,75,76,77,78,79,80,97,98,T4
list follow C,N,P,R,S,W,X,Y
list time 6,7,13,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36
list count 8H,99,CA,CE,D3,DB,DY,HS,LA,LE,M2,MN,P6,QA,S7,S8,VS,YY
list service 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,30,32,33,\
34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,\
66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,\
98,99,A0,A1,A2,A3,A4,A5,A6,A7,A8,A9,AA,AB,AC,AD,AE,AF,AG,AH,AI,AJ,AK,AL,AM,AN,AO,AQ,AR,B1,B2,B3,\
BA,BB,BC,BD,BE,BF,BG,BH,BI,BJ,BK,BL,BM,BN,BP,BQ,BR,BS,BT,BU,BV,BW,BX,BY,BZ,C1,CA,CB,CC,CD,CE,CF,\
CG,CH,CI,CJ,CK,CL,CM,CN,CO,CP,CQ,DG,DM,DS,GF,GN,GY,IC,MH,NI,ON,PT,PU,RN,RT,TC,TN,UC
  ST R1 !271 ! !
  BHT R1 !0022 !06,11 ? ! !
loop 2000A R* in .
  HL R1 ! - !20 !0,1
  AAA S9 !N,Y - !=reason !=follow
loop 2100A R1 in 2000A
  NM1 R1 !=payer !1,2 ? ? ? - ? !24,46,FI,NI,PI,XV,XX !
  PER S3 !IC ? ?=reach ? ?=reach ? ?=reach ?
  AAA S9 !N,Y - !=reason !=follow
loop 2000B S* in 2000A
  HL R1 ! ! !21 !0,1
loop 2100B R1 in 2000B
  NM1 R1 !=provider !1,2 ? ? ? - ? !=own_id !
  REF S9 !=provider_ref ! ?
  N3 S1 ! ?
  N4 S1 ! ? ? ? - - ?
  AAA S9 !N,Y - !=reason !=follow
  PRV S1 !=part ?9K,PXC ?
loop 2000C S* in 2000B
  HL R1 ! ! !22 !0,1
  TRN S3 !1,2 ! ! ?
loop 2100C R1 in 2000C
  NM1 R1 !IL !1,2 ? ? ? - ? ?II,MI ?
  REF S9 !=member_ref ! ?
  N3 S1 ! ?
  N4 S1 ! ? ? ? - - ?
  AAA S9 !N,Y - !=reason !=follow
  PRV S1 !=part ?9K,D3,EI,HPI,PXC,SY,TJ ?
  DMG S1 ?D8 ? ?F,M,U
  INS S1 !Y !18 ?001 ?25 -*12 ?
  HI S1 !(!ABK,BK !) ?(!ABF,BF !)*7
  DTP S9 !=member_date !D8,RD8 !
  MPI S1 ! ! ! ? ? ?D8,RD8 ?
loop 2110C S* in 2100C
  EB R1 !=benefit ?=coverage ?{99}=service ? ? ?=time ? ? ?=count ? ?N,U,Y ?N,U,W,Y \
?(!AD,CJ,HC,ID,IV,N4,ZZ ! ? ? ? ? ? ?) ?(! ? ? ?)
  HSD S9 ?DY,FL,HS,MN,VS ? ?DA,MO,VS,WK,YR ? ?=time ? ? ?
  REF S9 !=benefit_ref ! ?
  DTP S20 !=benefit_date !D8,RD8 !
  AAA S9 !N,Y - !=reason !=follow
  MSG S10 !
loop 2115C S10 in 2110C
  III R1 ?GR,NI,ZZ ? ?44 ?
tail 2110C
  LS S1 !2120
loop 2120C S23 in 2110C
  NM1 R1 !=other !1,2 ? ? ? - ? ?=other_id ? ?
  N3 S1 ! ?
  N4 S1 ! ? ? ? ? ? ?
  PER S3 !IC ? ?=reach ? ?=reach ? ?=reach ?
  PRV S1 !=part ?9K,PXC ?
tail 2110C
  LE S1 !2120
loop 2000D S* in 2000C
  HL R1 ! ! !23 !0
  TRN S3 !1,2 ! ! ?
loop 2100D R1 in 2000D
  NM1 R1 !03 !1 ? ? ? - ?
  REF S9 !=member_ref ! ?
  N3 S1 ! ?
  N4 S1 ! ? ? ? - - ?
  AAA S9 !N,Y - !=reason !=follow
  PRV S1 !=part ?9K,D3,EI,HPI,PXC,SY,TJ ?
  DMG S1 ?D8 ? ?F,M,U
  INS S1 !N !01,19,34,G8 ?001 ?25 -*12 ?
  HI S1 !(!ABK,BK !) ?(!ABF,BF !)*7
  DTP S9 !=member_date !D8,RD8 !
  MPI S1 ! ! ! ? ? ?D8,RD8 ?
loop 2110D S* in 2100D
  EB R1 !=benefit ?=coverage ?{99}=service ? ? ?=time ? ? ?=count ? ?N,U,Y ?N,U,W,Y \
?(!AD,CJ,HC,ID,IV,N4,ZZ ! ? ? ? ? ? ?) ?(! ? ? ?)
  HSD S9 ?DY,FL,HS,MN,VS ? ?DA,MO,VS,WK,YR ? ?=time ? ? ?
  REF S9 !=benefit_ref ! ?
  DTP S20 !=benefit_date !D8,RD8 !
  AAA S9 !N,Y - !=reason !=follow
  MSG S10 !
loop 2115D S10 in 2110D
  III R1 ?GR,NI,ZZ ? ?44 ?
tail 2110D
  LS S1 !2120
loop 2120D S23 in 2110D
  NM1 R1 !=other !1,2 ? ? ? - ? ?=other_id ? ?
  N3 S1 ! ?
  N4 S1 ! ? ? ? ? ? ?
  PER S3 !IC ? ?=reach ? ?=reach ? ?=reach ?
  PRV S1 !=part ?9K,PXC ?
tail 2110D
  LE S1 !2120
tail .
  SE R1 ! !
""",
)
