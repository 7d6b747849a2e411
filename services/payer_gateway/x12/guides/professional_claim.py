"""The professional claim, 837P (005010X222A1)."""

from services.payer_gateway.x12.guides.notation import read_guide

PROFESSIONAL_CLAIM = read_guide(
    "837",
    ("005010X222", "005010X222A1", "005010X222A2"),
    """
list filing 11,12,13,14,15,16,17,AM,BL,CH,CI,DS,FI,HM,LM,MA,MB,MC,OF,TV,VA,WC,ZZ
list sequence A,B,C,D,E,F,G,H,P,S,T,U
list relationship 01,18,19,20,21,39,40,53,G8
list patient 01,19,20,21,39,40,53,G8
list report 03,04,05,06,07,08,09,10,11,13,15,21,A3,A4,AM,AS,B2,B3,B4,BR,BS,BT,CB,CK,CT,D2,DA,DB,\
DG,DJ,DS,EB,HC,HR,I5,IR,LA,M1,MT,NN,OB,OC,OD,OE,OX,OZ,P4,P5,PE,PN,PO,PQ,PY,PZ,RB,RR,RT,RX,SG,V5,XP
list send AA,BM,EL,EM,FT,FX
list line_send AA,AB,AD,AF,AG,BM,EL,EM,FT,FX,NS
list medicare_second 12,13,14,15,16,41,42,43,47
list ambulance 01,04,05,06,07,08,09,12
list vision L1,L2,L3,L4,L5
list delay 1,2,3,4,5,6,7,8,9,10,11,15
list pricing 00,01,02,03,04,05,07,08,09,10,11,12,13,14
list line_pricing 00,01,02,03,04,05,06,07,08,09,10,11,12,13,14
list rejected T1,T2,T3,T4,T5,T6
list exception 1,2,3,4,5,6
list policy 1,2,3,4,5
list pointer 1,2,3,4,5,6,7,8,9,10,11,12
list reach EM,EX,FX,TE
  ST R1 !837 ! !
  BHT R1 !0019 !00,18 !*3 !31,CH,RP
loop 1000A R1 in .
  NM1 R1 !41 !1,2 ! ? ? - - !46 !
  PER R2 !IC ? !ED,EM,FX,TE ! ?ED,EM,EX,FX,TE ? ?ED,EM,EX,FX,TE ?
loop 1000B R1 in .
  NM1 R1 !40 !2 ! -*4 !46 !
loop 2000A R* in .
  HL R1 ! - !20 !1
  PRV S1 !BI !PXC !
  CUR S1 !85 !
loop 2010AA R1 in 2000A
  NM1 R1 !85 !1,2 ! ? ? - ? ?XX ?
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
  REF R1 !EI,SY !
  REF S2 !0B,1G !
  PER S2 !IC ? !EM,FX,TE ! ?=reach ? ?=reach ?
loop 2010AB S1 in 2000A
  NM1 R1 !87 !1,2
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
loop 2010AC S1 in 2000A
  NM1 R1 !PE !2 ! -*4 !PI,XV !
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
  REF S1 !2U,FY,NF !
  REF R1 !EI !
loop 2000B R* in 2000A
  HL R1 ! ! !22 !0,1
  SBR R1 !=sequence ?18 ? ? ?=medicare_second -*3 ?=filing
  PAT S1 -*4 ?D8 ? ?01 ? ?Y
loop 2010BA R1 in 2000B
  NM1 R1 !IL !1,2 ! ? ? - ? !II,MI !
  N3 S1 ! ?
  N4 S1 ! ?*3 - - ?
  DMG S1 !D8 ! !F,M,U - -{10}
  REF S1 !SY !
  REF S1 !Y4 !
  PER S1 !IC ? !TE ! ?EX ?
loop 2010BB R1 in 2000B
  NM1 R1 !PR !2 ! -*4 !PI,XV !
  N3 S1 ! ?
  N4 S1 ! ?*3 - - ?
  REF S3 !2U,EI,FY,NF !
  REF S2 !G2,LU !
loop 2300 S100 in 2000B
  CLM R1 ! ! - - !(! !B !) !N,Y !A,B,C !N,W,Y !I,Y ?P ?(!AA,EM,OA ?AA,EM,OA - ? ?) ?02,03,05,09 \
-*7 ?=delay
  DTP S1 !431 !D8 !
  DTP S1 !454 !D8 !
  DTP S1 !304 !D8 !
  DTP S1 !453 !D8 !
  DTP S1 !439 !D8 !
  DTP S1 !484 !D8 !
  DTP S1 !455 !D8 !
  DTP S1 !471 !D8 !
  DTP S1 !314,360,361 !D8,RD8 !
  DTP S1 !297 !D8 !
  DTP S1 !296 !D8 !
  DTP S1 !435 !D8 !
  DTP S1 !096 !D8 !
  DTP S2 !090,091 !D8 !
  DTP S1 !444 !D8 !
  DTP S1 !050 !D8 !
  PWK S10 !=report !=send - - ?AC ?
  CN1 S1 !01,02,03,04,05,06,09 ?*5
  AMT S1 !F5 !
  REF S1 !4N !
  REF S1 !F5 !
  REF S1 !EW !
  REF S1 !9F !
  REF S1 !G1 !
  REF S1 !F8 !
  REF S1 !X4 !
  REF S1 !9A !
  REF S1 !9C !
  REF S1 !LX !
  REF S1 !D9 !
  REF S1 !EA !
  REF S1 !P4 !
  REF S1 !1J !
  K3 S10 !
  NTE S1 !ADD,CER,DCP,DGN,TPO !
  CR1 S1 ?LB ? - !A,B,C,D,E !DH ! - - ? ?
  CR2 S1 -*7 !A,C,D,E,F,G,M - ? ?
  CRC S3 !07 !N,Y !=ambulance ?=ambulance*4
  CRC S3 !E1,E2,E3 !N,Y !=vision ?=vision*4
  CRC S1 !75 !Y !IH
  CRC S1 !ZZ !N,Y !AV,NU,S2,ST ?AV,NU,S2,ST ?AV,NU,S2,ST
  HI R1 !(!ABK,BK !) ?(!ABF,BF !)*11
  HI S1 !(!BP !) ?(!BO !)
  HI S2 !(!BG !) ?(!BG !)*11
  HCP S1 !=pricing ! ?*5 -*5 ?=rejected ?=policy ?=exception
loop 2310A S2 in 2300
  NM1 R1 !DN,P3 !1 ! ? ? - ? ?XX ?
  REF S3 !0B,1G,G2 !
loop 2310B S1 in 2300
  NM1 R1 !82 !1,2 ! ? ? - ? ?XX ?
  PRV S1 !PE !PXC !
  REF S4 !0B,1G,G2,LU !
loop 2310C S1 in 2300
  NM1 R1 !77 !2 ! -*4 ?XX ?
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
  REF S3 !0B,G2,LU !
  PER S1 !IC ? !TE ! ?EX ?
loop 2310D S1 in 2300
  NM1 R1 !DQ !1 ! ? ? - ? ?XX ?
  REF S4 !0B,1G,G2,LU !
loop 2310E S1 in 2300
  NM1 R1 !PW !2
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
loop 2310F S1 in 2300
  NM1 R1 !45 !2 ?
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
loop 2320 S10 in 2300
  SBR R1 !=sequence !=relationship ? ? ?=medicare_second -*3 ?=filing
  CAS S5 !CO,CR,OA,PI,PR ! ! ?*16
  AMT S1 !D !
  AMT S1 !A8 !
  AMT S1 !EAF !
  OI R1 - - !N,W,Y ?P - !I,Y
  MOA S1 ?*9
loop 2330A R1 in 2320
  NM1 R1 !IL !1,2 ! ? ? - ? !II,MI !
  N3 S1 ! ?
  N4 S1 ! ?*3 - - ?
  REF S1 !SY !
loop 2330B R1 in 2320
  NM1 R1 !PR !2 ! -*4 !PI,XV !
  N3 S1 ! ?
  N4 S1 ! ?*3 - - ?
  DTP S1 !573 !D8 !
  REF S2 !2U,EI,FY,NF !
  REF S1 !G1 !
  REF S1 !9F !
  REF S1 !T4 !
  REF S1 !F8 !
loop 2330C S2 in 2320
  NM1 R1 !DN,P3 !1
  REF R3 !0B,1G,G2 !
loop 2330D S1 in 2320
  NM1 R1 !82 !1,2
  REF R3 !0B,1G,G2,LU !
loop 2330E S1 in 2320
  NM1 R1 !77 !2
  REF R3 !0B,G2,LU !
loop 2330F S1 in 2320
  NM1 R1 !DQ !1
  REF R3 !0B,1G,G2,LU !
loop 2330G S1 in 2320
  NM1 R1 !85 !1,2
  REF R2 !G2,LU !
loop 2400 R50 in 2300
  LX R1 !
  SV1 R1 !(!ER,HC,IV,WK ! ? ? ? ? ?) ! !MJ,UN ! ? - !(!=pointer ?=pointer ?=pointer ?=pointer) \
- ?Y - ?Y ?Y - - ?0
  SV5 S1 !(!HC !) !DA !*3 !1,4,6
  PWK S11 !=report !=line_send - - ?AC ?
  CR1 S1 ?LB ? - !A,B,C,D,E !DH ! - - ? ?
  CR3 S1 !I,R,S !MO !
  CRC S3 !07 !N,Y !=ambulance ?=ambulance*4
  CRC S1 !70 !N,Y !65
  CRC S1 !09 !N,Y !38,ZV ?38,ZV
  DTP R1 !472 !D8,RD8 !
  DTP S1 !471 !D8 !
  DTP S1 !607 !D8 !
  DTP S1 !463 !D8 !
  DTP S1 !461 !D8 !
  DTP S1 !304 !D8 !
  DTP S2 !738,739 !D8 !
  DTP S1 !011 !D8 !
  DTP S1 !455 !D8 !
  DTP S1 !454 !D8 !
  QTY S1 !PT !
  QTY S1 !FL !
  MEA S5 !OG,TR !HT,R1,R2,R3,R4 !
  CN1 S1 !01,02,03,04,05,06,09 ?*5
  REF S1 !9B !
  REF S1 !9D !
  REF S5 !G1 ! - ?(!2U !)
  REF S1 !6R !
  REF S1 !EW !
  REF S1 !X4 !
  REF S1 !F4 !
  REF S1 !BT !
  REF S5 !9F ! - ?(!2U !)
  AMT S1 !T !
  AMT S1 !F4 !
  K3 S10 !
  NTE S1 !ADD,DCP !
  NTE S1 !TPO !
  PS1 S1 ! !
  HCP S1 !=line_pricing ! ?*5 - ?ER,HC,IV,WK ? ?MJ,UN ? ?=rejected ?=policy ?=exception
loop 2410 S1 in 2400
  LIN R1 - !EN,EO,HI,N4,ON,UK,UP !
  CTP R1 -*3 ! !(!F2,GR,ME,ML,UN)
  REF S1 !VY,XZ !
loop 2420A S1 in 2400
  NM1 R1 !82 !1,2 ! ? ? - ? ?XX ?
  PRV S1 !PE !PXC !
  REF S20 !0B,1G,G2,LU ! - ?(!2U !)
loop 2420B S1 in 2400
  NM1 R1 !QB !1,2 -*5 ?XX ?
  REF S20 !0B,1G,G2 ! - ?(!2U !)
loop 2420C S1 in 2400
  NM1 R1 !77 !2 ! -*4 ?XX ?
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
  REF S3 !G2,LU ! - ?(!2U !)
loop 2420D S1 in 2400
  NM1 R1 !DQ !1 ! ? ? - ? ?XX ?
  REF S20 !0B,1G,G2,LU ! - ?(!2U !)
loop 2420E S1 in 2400
  NM1 R1 !DK !1 ! ? ? - ? ?XX ?
  N3 S1 ! ?
  N4 S1 ! ?*3 - - ?
  REF S20 !0B,1G,G2 ! - ?(!2U !)
  PER S1 !IC ? !EM,FX,TE ! ?=reach ? ?=reach ?
loop 2420F S2 in 2400
  NM1 R1 !DN,P3 !1 ! ? ? - ? ?XX ?
  REF S20 !0B,1G,G2 ! - ?(!2U !)
loop 2420G S1 in 2400
  NM1 R1 !PW !2
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
loop 2420H S1 in 2400
  NM1 R1 !45 !2 ?
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
loop 2430 S15 in 2400
  SVD R1 ! ! !(!ER,HC,IV,WK ! ? ? ? ? ?) - ! ?
  CAS S5 !CO,CR,OA,PI,PR ! ! ?*16
  DTP R1 !573 !D8 !
  AMT S1 !EAF !
loop 2440 S* in 2400
  LQ R1 !AS,UT !
  FRM R99 ! ?N,W,Y ?*3
loop 2000C S* in 2000B
  HL R1 ! ! !23 !0
  PAT R1 !=patient -*3 ?D8 ? ?01 ? ?Y
loop 2010CA R1 in 2000C
  NM1 R1 !QC !1 ! ? ? - ?
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
  DMG R1 !D8 ! !F,M,U - -{10}
  REF S1 !Y4 !
  REF S1 !1W,SY !
  PER S1 !IC ? !TE ! ?EX ?
also 2300 R100 in 2000C
tail .
  SE R1 ! !
""",
)
