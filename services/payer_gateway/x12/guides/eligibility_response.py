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
  ST R1 !271 ! !
  BHT R1 !0022 !06,11 ? ! !
loop 2000A R* in .
  HL R1 ! - !20 !0,1
  AAA S9 !N,Y - ! !
loop 2100A R1 in 2000A
  NM1 R1 !=payer !1,2 ? ? ? - ? !24,46,FI,NI,PI,XV,XX !
  PER S3 !IC ? ?=reach ? ?=reach ? ?=reach ?
  AAA S9 !N,Y - ! !
loop 2000B S* in 2000A
  HL R1 ! ! !21 !0,1
loop 2100B R1 in 2000B
  NM1 R1 !=provider !1,2 ? ? ? - ? !=own_id !
  REF S9 !=provider_ref ! ?
  N3 S1 ! ?
  N4 S1 ! ? ? ? - - ?
  AAA S9 !N,Y - ! !
  PRV S1 !=part ?9K,PXC ?
loop 2000C S* in 2000B
  HL R1 ! ! !22 !0,1
  TRN S3 !1,2 ! ! ?
loop 2100C R1 in 2000C
  NM1 R1 !IL !1,2 ? ? ? - ? ?II,MI ?
  REF S9 !=member_ref ! ?
  N3 S1 ! ?
  N4 S1 ! ? ? ? - - ?
  AAA S9 !N,Y - ! !
  PRV S1 !=part ?9K,D3,EI,HPI,PXC,SY,TJ ?
  DMG S1 ?D8 ? ?F,M,U
  INS S1 !Y !18 ?001 ?25 -*12 ?
  HI S1 !(!ABK,BK !) ?(!ABF,BF !)*7
  DTP S9 !=member_date !D8,RD8 !
  MPI S1 ! ! ! ? ? ?D8,RD8 ?
loop 2110C S* in 2100C
  EB R1 !=benefit ?=coverage ?{99} ? ? ? ? ? ? ? ?N,U,Y ?N,U,W,Y \
?(!AD,CJ,HC,ID,IV,N4,ZZ ! ? ? ? ? ? ?) ?(! ? ? ?)
  HSD S9 ?DY,FL,HS,MN,VS ? ?DA,MO,VS,WK,YR ? ? ? ? ?
  REF S9 !=benefit_ref ! ?
  DTP S20 !=benefit_date !D8,RD8 !
  AAA S9 !N,Y - ! !
  MSG S10 !
loop 2115C S10 in 2110C
  III R1 ?GR,NI,ZZ ? ?44 ?
tail 2110C
  LS S1 !
loop 2120C S23 in 2110C
  NM1 R1 !=other !1,2 ? ? ? - ? ?=other_id ? ?
  N3 S1 ! ?
  N4 S1 ! ? ? ? ? ? ?
  PER S3 !IC ? ?=reach ? ?=reach ? ?=reach ?
  PRV S1 !=part ?9K,PXC ?
tail 2110C
  LE S1 !
loop 2000D S* in 2000C
  HL R1 ! ! !23 !0
  TRN S3 !1,2 ! ! ?
loop 2100D R1 in 2000D
  NM1 R1 !03 !1 ? ? ? - ?
  REF S9 !=member_ref ! ?
  N3 S1 ! ?
  N4 S1 ! ? ? ? - - ?
  AAA S9 !N,Y - ! !
  PRV S1 !=part ?9K,D3,EI,HPI,PXC,SY,TJ ?
  DMG S1 ?D8 ? ?F,M,U
  INS S1 !N !01,19,34,G8 ?001 ?25 -*12 ?
  HI S1 !(!ABK,BK !) ?(!ABF,BF !)*7
  DTP S9 !=member_date !D8,RD8 !
  MPI S1 ! ! ! ? ? ?D8,RD8 ?
loop 2110D S* in 2100D
  EB R1 !=benefit ?=coverage ?{99} ? ? ? ? ? ? ? ?N,U,Y ?N,U,W,Y \
?(!AD,CJ,HC,ID,IV,N4,ZZ ! ? ? ? ? ? ?) ?(! ? ? ?)
  HSD S9 ?DY,FL,HS,MN,VS ? ?DA,MO,VS,WK,YR ? ? ? ? ?
  REF S9 !=benefit_ref ! ?
  DTP S20 !=benefit_date !D8,RD8 !
  AAA S9 !N,Y - ! !
  MSG S10 !
loop 2115D S10 in 2110D
  III R1 ?GR,NI,ZZ ? ?44 ?
tail 2110D
  LS S1 !
loop 2120D S23 in 2110D
  NM1 R1 !=other !1,2 ? ? ? - ? ?=other_id ? ?
  N3 S1 ! ?
  N4 S1 ! ? ? ? ? ? ?
  PER S3 !IC ? ?=reach ? ?=reach ? ?=reach ?
  PRV S1 !=part ?9K,PXC ?
tail 2110D
  LE S1 !
tail .
  SE R1 ! !
""",
)
