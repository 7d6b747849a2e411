"""The institutional claim, 837I (005010X223A2)."""

from services.payer_gateway.x12.guides.notation import read_guide

INSTITUTIONAL_CLAIM = read_guide(
    "837",
    ("005010X223", "005010X223A1", "005010X223A2", "005010X223A3"),
    """
list filing 11,12,13,14,15,16,17,AM,BL,CH,CI,DS,FI,HM,LM,MA,MB,MC,OF,TV,VA,WC,ZZ
list sequence A,B,C,D,E,F,G,H,P,S,T,U
list relationship 01,18,19,20,21,39,40,53,G8
list patient 01,19,20,21,39,40,53,G8
list report 03,04,05,06,07,08,09,10,11,13,15,21,A3,A4,AM,AS,B2,B3,B4,BR,BS,BT,CB,CK,CT,D2,DA,DB,\
DG,DJ,DS,EB,HC,HR,I5,IR,LA,M1,MT,NN,OB,OC,OD,OE,OX,OZ,P4,P5,PE,PN,PO,PQ,PY,PZ,RB,RR,RT,RX,SG,V5,XP
list send AA,BM,EL,EM,FT,FX
list delay 1,2,3,4,5,6,7,8,9,10,11,15
list line_pricing 00,01,02,03,04,05,06,07,08,09,10,11,12,13,14
list rejected T1,T2,T3,T4,T5,T6
list exception 1,2,3,4,5,6
list policy 1,2,3,4,5
list reach EM,EX,FX,TE
list billing_notes ALG,DCP,DGN,DME,MED,NTR,ODT,RHB,RLH,RNH,SET,SFM,SPT,UPI
  ST R1 !837 ! !
  BHT R1 !0019 !00,18 !*3 !31,CH,RP
loop 1000A R1 in .
  NM1 R1 !41 !1,2 ! ? ? - - !46 !
  PER R2 !IC ? !EM,FX,TE ! ?=reach ? ?=reach ?
loop 1000B R1 in .
  NM1 R1 !40 !2 ! -*4 !46 !
loop 2000A R* in .
  HL R1 ! - !20 !1
  PRV S1 !BI !PXC !
  CUR S1 !85 !
loop 2010AA R1 in 2000A
  NM1 R1 !85 !2 ! -*4 ?XX ?
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
  REF R1 !EI !
  PER S2 !IC ? !EM,FX,TE ! ?=reach ? ?=reach ?
loop 2010AB S1 in 2000A
  NM1 R1 !87 !2
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
  SBR R1 !=sequence ?18 ? ? -*4 ?=filing
loop 2010BA R1 in 2000B
  NM1 R1 !IL !1,2 ! ? ? - ? ?II,MI ?
  N3 S1 ! ?
  N4 S1 ! ?*3 - - ?
  DMG S1 !D8 ! !F,M,U - -{10}
  REF S1 !SY !
  REF S1 !Y4 !
loop 2010BB R1 in 2000B
  NM1 R1 !PR !2 ! -*4 !PI,XV !
  N3 S1 ! ?
  N4 S1 ! ?*3 - - ?
  REF S3 !2U,EI,FY,NF !
  REF S1 !G2,LU !
loop 2300 S100 in 2000B
  CLM R1 ! ! - - !(! !A !) - !A,B,C !N,W,Y !I,Y -*10 ?=delay
  DTP S1 !096 !TM !
  DTP R1 !434 !RD8 !
  DTP S1 !435 !D8,DT !
  DTP S1 !050 !D8 !
  CL1 R1 ? ? !
  PWK S10 !=report !=send - - ?AC ?
  CN1 S1 !01,02,03,04,05,06,09 ?*5
  AMT S1 !F3 !
  REF S1 !4N !
  REF S1 !9F !
  REF S1 !G1 !
  REF S1 !F8 !
  REF S1 !9A !
  REF S1 !9C !
  REF S5 !LX !
  REF S1 !D9 !
  REF S1 !LU !
  REF S1 !EA !
  REF S1 !P4 !
  REF S1 !G4 !
  K3 S10 !
  NTE S10 !=billing_notes !
  NTE S1 !ADD !
  CRC S1 !ZZ !N,Y !AV,NU,S2,ST ? ?
  HI R1 !(!ABK,BK ! - - - - - - ?N,U,W,Y)
  HI S1 !(!ABJ,BJ !)
  HI S1 !(!APR,PR !) ?(!APR,PR !) ?(!APR,PR !)
  HI S1 !(!ABN,BN ! - - - - - - ?N,U,W,Y) ?(!ABN,BN ! - - - - - - ?N,U,W,Y)*11
  HI S1 !(!DR !)
  HI S2 !(!ABF,BF ! - - - - - - ?N,U,W,Y) ?(!ABF,BF ! - - - - - - ?N,U,W,Y)*11
  HI S1 !(!BBR,BR,CAH ! !D8 !)
  HI S2 !(!BBQ,BQ ! !D8 !) ?(!BBQ,BQ ! !D8 !)*11
  HI S2 !(!BI ! !RD8 !) ?(!BI ! !RD8 !)*11
  HI S2 !(!BH ! !D8 !) ?(!BH ! !D8 !)*11
  HI S2 !(!BE ! - - !) ?(!BE ! - - !)*11
  HI S2 !(!BG !) ?(!BG !)*11
  HI S2 !(!TC !) ?(!TC !)*11
  HCP S1 !=line_pricing ! ?*6 - - ?DA,UN ? ?=rejected ?=policy ?=exception
loop 2310A S1 in 2300
  NM1 R1 !71 !1 ! ? ? - ? ?XX ?
  PRV S1 !AT !PXC !
  REF S4 !0B,1G,G2,LU !
loop 2310B S1 in 2300
  NM1 R1 !72 !1 ! ? ? - ? ?XX ?
  REF S4 !0B,1G,G2,LU !
loop 2310C S1 in 2300
  NM1 R1 !ZZ !1 ! ? ? - ? ?XX ?
  REF S4 !0B,1G,G2,LU !
loop 2310D S1 in 2300
  NM1 R1 !82 !1 ! ? ? - ? ?XX ?
  REF S4 !0B,1G,G2,LU !
loop 2310E S1 in 2300
  NM1 R1 !77 !2 ! -*4 ?XX ?
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
  REF S3 !0B,G2,LU !
loop 2310F S1 in 2300
  NM1 R1 !DN !1 ! ? ? - ? ?XX ?
  REF S3 !0B,1G,G2 !
loop 2320 S10 in 2300
  SBR R1 !=sequence !=relationship ? ? -*4 ?=filing
  CAS S5 !CO,CR,OA,PI,PR ! ! ?*16
  AMT S1 !D !
  AMT S1 !EAF !
  AMT S1 !A8 !
  OI R1 - - !N,W,Y - - !I,Y
  MIA S1 ! - ?*22
  MOA S1 ?*9
loop 2330A R1 in 2320
  NM1 R1 !IL !1,2 ! ? ? - ? !II,MI !
  N3 S1 ! ?
  N4 S1 ! ?*3 - - ?
  REF S2 !SY !
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
loop 2330C S1 in 2320
  NM1 R1 !71 !1
  REF R4 !0B,1G,G2,LU !
loop 2330D S1 in 2320
  NM1 R1 !72 !1
  REF R4 !0B,1G,G2,LU !
loop 2330E S1 in 2320
  NM1 R1 !ZZ !1
  REF R4 !0B,1G,G2,LU !
loop 2330F S1 in 2320
  NM1 R1 !77 !2
  REF R3 !0B,G2,LU !
loop 2330G S1 in 2320
  NM1 R1 !82 !1
  REF R4 !0B,1G,G2,LU !
loop 2330H S1 in 2320
  NM1 R1 !DN !1
  REF R3 !0B,1G,G2 !
loop 2330I S1 in 2320
  NM1 R1 !85 !2
  REF R2 !G2,LU !
loop 2400 R999 in 2300
  LX R1 !
  SV2 R1 ! ?(!ER,HC,HP,IV,WK ! ? ? ? ? ?) ! !DA,UN ! - ?
  PWK S10 !=report !=send - - ?AC ?
  DTP S1 !472 !D8,RD8 !
  REF S1 !6R !
  REF S1 !9B !
  REF S1 !9D !
  AMT S1 !GT !
  AMT S1 !N8 !
  NTE S1 !TPO !
  HCP S1 !=line_pricing ! ?*6 ?ER,HC,HP,IV,WK ? ?DA,UN ? ?=rejected ?=policy ?=exception
loop 2410 S1 in 2400
  LIN R1 - !N4 !
  CTP R1 -*3 ! !(!F2,GR,ME,ML,UN)
  REF S1 !VY,XZ !
loop 2420A S1 in 2400
  NM1 R1 !72 !1 ! ? ? - ? ?XX ?
  REF S20 !0B,1G,G2,LU ! - ?(!2U !)
loop 2420B S1 in 2400
  NM1 R1 !ZZ !1 ! ? ? - ? ?XX ?
  REF S20 !0B,1G,G2,LU ! - ?(!2U !)
loop 2420C S1 in 2400
  NM1 R1 !82 !1 ! ? ? - ? ?XX ?
  REF S20 !0B,1G,G2,LU ! - ?(!2U !)
loop 2420D S1 in 2400
  NM1 R1 !DN !1 ! ? ? - ? ?XX ?
  REF S20 !0B,1G,G2 ! - ?(!2U !)
loop 2430 S15 in 2400
  SVD R1 ! ! ?(!ER,HC,HP,IV,WK ! ? ? ? ? ?) ! ! ?
  CAS S5 !CO,CR,OA,PI,PR ! ! ?*16
  DTP R1 !573 !D8 !
  AMT S1 !EAF !
loop 2000C S* in 2000B
  HL R1 ! ! !23 !0
  PAT R1 !=patient
loop 2010CA R1 in 2000C
  NM1 R1 !QC !1 ! ? ? - ?
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
  DMG R1 !D8 ! !F,M,U - -{10}
  REF S1 !Y4 !
  REF S1 !1W,SY !
also 2300 R100 in 2000C
tail .
  SE R1 ! !
""",
)
