"""The remittance advice, 835 (005010X221A1)."""

from services.payer_gateway.x12.guides.notation import read_guide

REMITTANCE = read_guide(
    "835",
    ("005010X221", "005010X221A1"),
    """
list paid_filing 12,13,14,15,16,17,AM,CH,DS,HM,LM,MA,MB,MC,OF,TV,VA,WC,ZZ
list reach EM,EX,FX,TE
list status 1,2,3,4,19,20,21,22,23,25
list plb 50,51,72,90,AH,AM,AP,B2,B3,BD,BN,C5,CR,CS,CT,CV,CW,DM,E3,FB,FC,GO,HM,IP,IR,IS,J1,L3,L6,\
LE,LS,OA,OB,PI,PL,RA,RE,SL,TL,WO,WU
list claim_ids 1L,1W,28,6P,9A,9C,BB,CE,EA,F8,G1,G3,IG,SY
list provider_ids 0B,1A,1B,1C,1D,1G,1H,1J,D3,G2,LU
list line_ids 1S,APC,BB,E9,G1,G3,LU,RB
list line_provider_ids 0B,1A,1B,1C,1D,1G,1H,1J,D3,G2,HPI,SY,TJ
list claim_amounts AU,D8,DY,F5,I,NL,T,T2,ZK,ZL,ZM,ZN,ZO
list claim_counts CA,CD,LA,LE,NE,NR,OU,PS,VS,ZK,ZL,ZM,ZN,ZO
list line_amounts B6,KH,T,T2,ZK,ZL,ZM,ZN,ZO
list procedure AD,ER,HC,HP,IV,N4,N6,NU,UI,WK
list submitted AD,ER,HC,HP,IV,N4,NU,WK
  ST R1 !835 !
  BPR R1 !C,D,H,I,P,U,X ! !C,D !ACH,BOP,CHK,FWT,NON ?CCP,CTX ?01,04 ? ?DA ?*3 ?01,04 ? ?DA,SG ? !
  TRN R1 !1 ! ! ?
  CUR S1 !PR !
  REF S1 !EV !
  REF S1 !F2 !
  DTM S1 !405 !
loop 1000A R1 in .
  N1 R1 !PR ! ?XV ?
  N3 R1 ! ?
  N4 R1 ! ?*3 - - ?
  REF S4 !2U,EO,HI,NF !
  PER S1 !CX ? ?EM,FX,TE ? ?=reach ? ?EX ?
  PER W* !BL ? ?EM,TE,UR ? ?EM,EX,FX,TE,UR ? ?EM,EX,FX,UR ?
  PER S1 !IC - !UR !
loop 1000B R1 in .
  N1 R1 !PE ! !FI,XV,XX !
  N3 S1 ! ?
  N4 S1 ! ?*3 - - ?
  REF S* !0B,D3,PQ,TJ !
  RDM S1 !BM,EM,FT,OL ? ?
loop 2000 S* in .
  LX R1 !
  TS3 S1 ! ! ! ! ! ?*19
  TS2 S1 ?*19
loop 2100 R* in 2000
  CLP R1 ! !=status ! ! ? !=paid_filing ! ? ? - ?*3
  CAS S99 !CO,OA,PI,PR ! ! ?*16
  NM1 R1 !QC !1 ?*3 - ? ?34,HN,II,MI,MR ?
  NM1 S1 !IL !1,2 ?*3 - ? !FI,II,MI !
  NM1 S1 !74 !1,2 ?*3 - ? ?C ?
  NM1 S1 !82 !1,2 ?*3 - ? !BD,BS,FI,MC,PC,SL,UP,XX !
  NM1 S1 !TT !2 ! -*4 !AD,FI,NI,PI,PP,XV !
  NM1 S1 !PR !2 ! -*4 !AD,FI,NI,PI,PP,XV !
  NM1 S1 !GB !1,2 ?*3 - ? ?FI,II,MI ?
  MIA S1 ! ?*23
  MOA S1 ?*9
  REF S5 !=claim_ids !
  REF S10 !=provider_ids !
  DTM S2 !232,233 !
  DTM S1 !036 !
  DTM S1 !050 !
  PER S2 !CX ? !EM,FX,TE ! ?=reach ? ?EX ?
  AMT S13 !=claim_amounts !
  QTY S14 !=claim_counts !
loop 2110 S999 in 2100
  SVC R1 !(!=procedure ! ? ? ? ?) ! ! ? ? ?(!=submitted ! ? ? ? ? ?) ?
  DTM S2 !150,151,472 !
  CAS S99 !CO,OA,PI,PR ! ! ?*16
  REF S8 !=line_ids !
  REF S1 !6R !
  REF S10 !=line_provider_ids !
  REF S5 !0K !
  AMT S9 !=line_amounts !
  QTY S6 !ZK,ZL,ZM,ZN,ZO !
  LQ S99 !HE,RX !
tail .
  PLB S* ! ! !(!=plb ?) ! ?(! ?) ? ?(! ?) ? ?(! ?) ? ?(! ?) ? ?(! ?) ?
  SE R1 ! !
""",
)
