"""The implementation acknowledgement, 999 (005010X231A1)."""

from services.payer_gateway.x12.guides.notation import read_guide

ACKNOWLEDGEMENT = read_guide(
    "999",
    ("005010X231", "005010X231A1"),
    """
list set_errors 1,2,3,4,5,6,7,8,9,10,11,12,13,15,16,17,18,19,23,24,25,26,27,I5,I6
list group_errors 1,2,3,4,5,6,10,11,12,13,14,15,16,17,18,19,23,24,25,26
list segment_errors 1,2,3,4,5,6,7,8,I4,I6,I7,I8,I9
list element_errors 1,2,3,4,5,6,7,8,9,10,11,12,13,I10,I11,I12,I13,I6,I9
list sets 270,271,276,277,278,820,834,835,837
  ST R1 !999 ! !
  AK1 R1 !BE,HB,HC,HI,HN,HP,HR,HS,RA ! !
loop 2000 S* in .
  AK2 R1 !=sets ! ?
loop 2100 S* in 2000
  IK3 R1 ! ! ? ?=segment_errors
  CTX S10 !{10}(! ?) ?*3 ?(! ? ?) ?(! ?)
loop 2110 S* in 2100
  IK4 R1 !(! ? ?) ? !=element_errors ?
  CTX S10 !{10}(! ?) ?*3 ?(! ? ?) ?(! ?)
tail 2000
  IK5 R1 !A,E,M,R,W,X ?=set_errors*5
tail .
  AK9 R1 !A,E,M,P,R,W,X !*3 ?=group_errors*5
  SE R1 ! !
""",
)
