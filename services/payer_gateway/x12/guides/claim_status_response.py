"""The claim status response, 277 (005010X212)."""

from services.payer_gateway.x12.guides.notation import read_guide

CLAIM_STATUS_RESPONSE = read_guide(
    "277",
    ("005010X212",),
    """
list procedure AD,ER,HC,HP,IV,N4,NU,WK
list reach ED,EM,EX,FX,TE
list id FI,SV,XX
  ST R1 !277 ! !
  BHT R1 !0010 !08 !*3 !DG
loop 2000A R* in .
  HL R1 ! - !20 !0,1
loop 2100A R1 in 2000A
  NM1 R1 !PR !2 ! -*4 !PI,XV !
  PER S1 !IC ? !ED,EM,FX,TE ! ?=reach ? ?=reach ?
loop 2000B R* in 2000A
  HL R1 ! ! !21 !0,1
loop 2100B R1 in 2000B
  NM1 R1 !41 !1,2 ?*3 - - !46 !
loop 2200B S1 in 2000B
  TRN R1 !2 !
  STC R* !(! ! ?) ! ?*2 -*5 ?(! ! ?) ?(! ! ?)
loop 2000C S* in 2000B
  HL R1 ! ! !19 !0,1
loop 2100C R2 in 2000C
  NM1 R1 !1P !1,2 ?*3 - ? !=id !
loop 2200C S1 in 2000C
  TRN R1 !1 !
  STC R* !(! ! ?) ! ?*2 -*5 ?(! ! ?) ?(! ! ?)
loop 2000D S* in 2000C
  HL R1 ! ! !22 !0,1
loop 2100D R1 in 2000D
  NM1 R1 !IL !1,2 ! ? ? - ? !24,II,MI !
loop 2200D S* in 2000D
  TRN R1 !2 !
  STC R* !(! ! ? ?RX) ! ?*4 - ? ? ?(! ! ? ?RX) ?(! ! ? ?RX) ?
  REF S1 !1K !
  REF S1 !BLT !
  REF S1 !EJ !
  REF S1 !XZ !
  REF S1 !VV !
  REF S1 !D9 !
  DTP S1 !472 !D8,RD8 !
loop 2220D S* in 2200D
  SVC R1 !(!=procedure ! ? ? ? ?) ! ! ? - - ?
  STC R* !(! ! ? ?RX) ! ?*3 -*4 ?(! ! ? ?RX) ?(! ! ? ?RX) ?
  REF S1 !FJ !
  DTP S1 !472 !D8,RD8 !
loop 2000E S* in 2000D
  HL R1 ! ! !23
loop 2100E R1 in 2000E
  NM1 R1 !QC !1 ! ? ? - ?
loop 2200E R* in 2000E
  TRN R1 !2 !
  STC R* !(! ! ? ?RX) ! ?*4 - ? ? ?(! ! ? ?RX) ?(! ! ? ?RX) ?
  REF S1 !1K !
  REF S1 !BLT !
  REF S1 !EJ !
  REF S1 !XZ !
  REF S1 !VV !
  REF S1 !D9 !
  DTP S1 !472 !D8,RD8 !
loop 2220E S* in 2200E
  SVC R1 !(!=procedure ! ? ? ? ?) ! ! ? - - ?
  STC R* !(! ! ? ?RX) ! ?*3 -*4 ?(! ! ? ?RX) ?(! ! ? ?RX) ?
  REF S1 !FJ !
  DTP S1 !472 !D8,RD8 !
tail .
  SE R1 ! !
""",
)
