"""The claim status request, 276 (005010X212)."""

from services.payer_gateway.x12.guides.notation import read_guide

CLAIM_STATUS_REQUEST = read_guide(
    "276",
    ("005010X212",),
    """
list procedure AD,ER,HC,HP,IV,N4,NU,WK
list id FI,SV,XX
  ST R1 !276 ! !
  BHT R1 !0010 !13 !*3
loop 2000A R* in .
  HL R1 ! - !20 !1
loop 2100A R1 in 2000A
  NM1 R1 !PR !2 ! -*4 !PI,XV !
loop 2000B R* in 2000A
  HL R1 ! ! !21 !1
loop 2100B R1 in 2000B
  NM1 R1 !41 !1,2 ?*3 - - !46 !
loop 2000C R* in 2000B
  HL R1 ! ! !19 !1
loop 2100C R2 in 2000C
  NM1 R1 !1P !1,2 ?*3 - ? !=id !
loop 2000D S* in 2000C
  HL R1 ! ! !22 !0,1
  DMG S1 !D8 ! ?F,M
loop 2100D R1 in 2000D
  NM1 R1 !IL !1,2 ! ? ? - ? !24,II,MI !
loop 2200D S* in 2000D
  TRN R1 !1 !
  REF S1 !1K !
  REF S1 !BLT !
  REF S1 !LU !
  REF S1 !6P !
  REF S1 !EA !
  REF S1 !EJ !
  REF S1 !XZ !
  REF S1 !D9 !
  AMT S1 !T3 !
  DTP S1 !472 !D8,RD8 !
loop 2210D S* in 2200D
  SVC R1 !(!=procedure ! ? ? ? ?) ! - ? - - ?
  REF S1 !FJ !
  DTP R1 !472 !D8,RD8 !
loop 2000E S* in 2000D
  HL R1 ! ! !23
  DMG S1 !D8 ! ?F,M
loop 2100E R1 in 2000E
  NM1 R1 !QC !1 ! ? ? - ?
loop 2200E R* in 2000E
  TRN R1 !1 !
  REF S1 !1K !
  REF S1 !BLT !
  REF S1 !LU !
  REF S1 !6P !
  REF S1 !EA !
  REF S1 !EJ !
  REF S1 !XZ !
  REF S1 !D9 !
  AMT S1 !T3 !
  DTP S1 !472 !D8,RD8 !
loop 2210E S* in 2200E
  SVC R1 !(!=procedure ! ? ? ? ?) ! - ? - - ?
  REF S1 !FJ !
  DTP R1 !472 !D8,RD8 !
tail .
  SE R1 ! !
""",
)
