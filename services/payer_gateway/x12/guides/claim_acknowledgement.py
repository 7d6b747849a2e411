"""The claim acknowledgement, 277CA (005010X214).

Below the receiver every level is situational: a batch may be rejected as a whole."""

from services.payer_gateway.x12.guides.notation import read_guide

CLAIM_ACKNOWLEDGEMENT = read_guide(
    "277",
    ("005010X214",),
    """
list id FI,SV,XX
list procedure AD,ER,HC,HP,IV,NU,N4,WK
  ST R1 !277 ! !
  BHT R1 !0085 !08 !*3 !TH
loop 2000A R* in .
  HL R1 ! - !20 !0,1
loop 2100A R1 in 2000A
  NM1 R1 !PR,AY !2 ! -*4 !46,FI,PI,XV !
loop 2200A R* in 2000A
  TRN R1 !1 !
  DTP R1 !050 !D8 !
  DTP R1 !009 !D8 !
loop 2000B R1 in 2000A
  HL R1 ! ! !21 !0,1
loop 2100B R1 in 2000B
  NM1 R1 !41 !1,2 ! ? ? - - !46 !
loop 2200B R1 in 2000B
  TRN R1 !2 !
  STC R* !(! ! ?) ! !U,WQ ! -*5 ?(! ! ?) ?(! ! ?) ?
  QTY S1 !90 !
  QTY S1 !AA !
  AMT S1 !YU !
  AMT S1 !YY !
loop 2000C S* in 2000B
  HL R1 ! ! !19 !0,1
loop 2100C R1 in 2000C
  NM1 R1 !85 !1,2 ! ?*4 !=id !
loop 2200C S1 in 2000C
  TRN R1 !1 !
  STC S* !(! ! ?) ? !U,WQ ? -*5 ?(! ! ?) ?(! ! ?) ?
  REF S3 !0B,1G,G2,LU,SY,TJ !
  QTY S1 !QA !
  QTY S1 !QC !
  AMT S1 !YU !
  AMT S1 !YY !
loop 2000D S* in 2000C
  HL R1 ! ! !PT ?0
loop 2100D R1 in 2000D
  NM1 R1 !QC !1 ! ?*4 !II,MI !
loop 2200D R* in 2000D
  TRN R1 !2 !
  STC R* !(! ! ?) ! !U,WQ ! -*5 ?(! ! ?) ?(! ! ?) ?
  REF S1 !1K !
  REF S1 !D9 !
  REF S1 !BLT !
  DTP S1 !472 !D8,RD8 !
loop 2220D S* in 2200D
  SVC R1 !(!=procedure ! ? ? ? ?) ! - ? - - ?
  STC R* !(! ! ?) ! !U -*6 ?(! ! ?) ?(! ! ?) ?
  REF S1 !FJ !
  REF S1 !XZ !
  DTP S1 !472 !D8,RD8 !
tail .
  SE R1 ! !
""",
)
