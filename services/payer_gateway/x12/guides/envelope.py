"""The envelope segments of X12 005010 and TA1, as the guides use them (their appendix C)."""

from services.payer_gateway.x12.guides.notation import segment_use

GS = segment_use("GS R1 !BE,FA,HB,HC,HI,HN,HP,HR,HS,RA !*5 !X !")
GE = segment_use("GE R1 ! !")
