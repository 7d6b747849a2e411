"""The loops and segments of the guides as templates, which ``guide_files`` draws files from.

A template is a segment whose words in braces are drawn: ``{EI|SY}`` one of several, ``{date}``,
``{money}``, ``{code}`` and other words by their kind; ``;`` stands for the component separator. A
part is a template or a loop, with how often it may come at least and at most.
"""

from collections.abc import Sequence
from typing import TypeAlias, Union

Part: TypeAlias = tuple[Union[str, "Loop"], int, int]
Loop: TypeAlias = Sequence[Part]

ADDRESS: Loop = (
    ("N3*{text}*{maybe}", 1, 1),
    ("N4*{city}*{IL*62701{|0001}|*M5V3A8*CA***ON}", 1, 1),
)
CONTACT: Part = ("PER*IC*{text}*TE*{number}*{EM|FX}*{code}*EX*{line}", 0, 2)
NPI = "XX*1234567893"
PERSON = "1*{text}*{maybe}*{maybe}**{|JR}"
ORGANIZATION = "2*{text}****"
EITHER = f"{{{PERSON}|{ORGANIZATION}}}"

_CAS: Part = ("CAS*{CO|PR|OA|PI}*{carc}*{money}*{|2}*{carc}*{money}", 0, 3)
_REFERENCE_OF_OTHER: Part = ("REF*{0B|1G|G2}*{code}", 1, 2)
_OTHER_PAYER: Loop = (
    ("SBR*{P|S|T}*{18|19|01}*{maybe}*{maybe}*{|12|47}****{MB|CI|16}", 1, 1),
    _CAS,
    ("AMT*D*{money}", 0, 1),
    ("AMT*A8*{money}", 0, 1),
    ("AMT*EAF*{money}", 0, 1),
    ("OI***{Y|N|W}*{|P}**{Y|I}", 1, 1),
    ("MOA*{|.5}*{|12.5}*{MA01|N1}*{|N14}", 0, 1),
    (f"NM1*IL*{EITHER}*{{MI|II}}*{{code}}", 1, 1),
    (ADDRESS, 0, 1),
    ("REF*SY*{number}", 0, 1),
    (f"NM1*PR*{ORGANIZATION}*{{PI|XV}}*{{code}}", 1, 1),
    (ADDRESS, 0, 1),
    ("DTP*573*D8*{date}", 0, 1),
    ("REF*{2U|EI|FY|NF}*{code}", 0, 2),
    ("REF*{G1|9F|T4}*{code}", 0, 2),
    ("REF*F8*{code}", 0, 1),
    ((("NM1*DQ*1", 1, 1), _REFERENCE_OF_OTHER), 0, 1),
    ((("NM1*{DN|P3}*1", 1, 1), _REFERENCE_OF_OTHER), 0, 2),
    ((("NM1*77*2", 1, 1), ("REF*{0B|G2|LU}*{code}", 1, 2)), 0, 1),
    ((("NM1*82*{1|2}", 1, 1), _REFERENCE_OF_OTHER), 0, 1),
    ((("NM1*85*{1|2}", 1, 1), ("REF*{G2|LU}*{code}", 1, 2)), 0, 1),
)
_REFERRING: Loop = (
    (f"NM1*{{DN|P3}}*{PERSON}*{NPI}", 1, 1),
    ("REF*{0B|1G|G2}*{code}", 0, 2),
)
_RENDERING: Loop = (
    (f"NM1*82*{EITHER}*{NPI}", 1, 1),
    ("PRV*PE*PXC*207Q00000X", 0, 1),
    ("REF*{0B|1G|G2|LU}*{code}", 0, 2),
)
_FACILITY: Loop = (
    (f"NM1*77*{ORGANIZATION}*{NPI}", 1, 1),
    (ADDRESS, 1, 1),
    ("REF*{0B|G2|LU}*{code}", 0, 2),
)
_SUPERVISING: Loop = (
    (f"NM1*DQ*{PERSON}*{NPI}", 1, 1),
    ("REF*{0B|1G|G2|LU}*{code}", 0, 2),
)
_ADJUDICATION: Loop = (
    ("SVD*{code}*{money}*HC;{code};{|25}**{quantity}*{|1}", 1, 1),
    _CAS,
    ("DTP*573*D8*{date}", 1, 1),
    ("AMT*EAF*{money}", 0, 1),
)
_OF_OTHER_PAYER: Part = ("REF*{0B|1G|G2}*{code}**2U;{code}", 0, 2)
_LINE: Loop = (
    ("LX*{line}", 1, 1),
    (
        "SV1*HC;{code};{|25};{|59};;{|LT};{maybe}*{money}*{UN|MJ}*{quantity}*{|12}**{1|1;2|2;1;3}"
        "**{|Y}**{|Y}*{|Y}***{|0}",
        1,
        1,
    ),
    ("SV5*HC;{code}*DA*{quantity}*{money}*{money}*1", 0, 1),
    ("PWK*{OZ|CT}*{BM|EL}***AC*{code}", 0, 2),
    ("CR1*LB*{quantity}**A*DH*{quantity}****{text}", 0, 1),
    ("CR3*I*MO*{quantity}", 0, 1),
    ("CRC*07*{Y|N}*{01|04}*{|05}", 0, 2),
    ("CRC*70*Y*65", 0, 1),
    ("CRC*09*{Y|N}*{38|ZV}", 0, 1),
    ("DTP*{607|463|461|304|738|011|455|454}*D8*{date}", 0, 3),
    ("DTP*472*{period}", 1, 1),
    ("QTY*{PT|FL}*{count}", 0, 2),
    ("MEA*{TR|OG}*{R1|HT}*{quantity}", 0, 2),
    ("CN1*{02|09}*{money}", 0, 1),
    ("REF*{9B|9D|EW|X4|F4|BT}*{code}", 0, 3),
    ("REF*{G1|9F}*{code}**2U;{code}", 0, 2),
    ("REF*6R*{code}", 0, 1),
    ("AMT*{T|F4}*{money}", 0, 2),
    ("K3*{text}", 0, 2),
    ("NTE*{ADD|DCP}*{text}", 0, 1),
    ("NTE*TPO*{text}", 0, 1),
    ("PS1*{code}*{money}", 0, 1),
    ("HCP*{00|03}*{money}*{money}*{code}", 0, 1),
    (
        (
            ("LIN**N4*{number}", 1, 1),
            ("CTP****{quantity}*{ML|UN|GR}", 1, 1),
            ("REF*{XZ|VY}*{code}", 0, 1),
        ),
        0,
        1,
    ),
    (
        (
            (f"NM1*82*{EITHER}*{NPI}", 1, 1),
            ("PRV*PE*PXC*207Q00000X", 0, 1),
            _OF_OTHER_PAYER,
        ),
        0,
        1,
    ),
    (((f"NM1*DK*{PERSON}*{NPI}", 1, 1), (ADDRESS, 0, 1), (CONTACT[0], 0, 1)), 0, 1),
    (((f"NM1*{{DQ|DN|P3}}*{PERSON}*{NPI}", 1, 1), _OF_OTHER_PAYER), 0, 3),
    (((f"NM1*77*{ORGANIZATION}*{NPI}", 1, 1), (ADDRESS, 1, 1)), 0, 1),
    (((f"NM1*QB*{{1|2}}******{NPI}", 1, 1), _OF_OTHER_PAYER), 0, 1),
    (_ADJUDICATION, 0, 3),
    ((("LQ*{AS|UT}*{code}", 1, 1), ("FRM*{line}*{Y|N}*{text}", 1, 3)), 0, 2),
)
_CLAIM: Loop = (
    (
        "CLM*{claim}*{money}***{11|22|12};B;{1|7|8}*{Y|N}*{A|B|C}*{Y|N|W}*{Y|I}*{|P}"
        "*{|AA;;;IL|EM|AA;OA;;;CA}*{|02|03}********{|1|11}",
        1,
        1,
    ),
    ("DTP*{431|454|304|453|439|484|455|471|297|296|096|090|444|050}*D8*{date}", 0, 4),
    ("DTP*435*D8*{date}", 0, 1),
    ("DTP*314*{period}", 0, 1),
    ("PWK*{OZ|CT}*{BM|EL}***AC*{code}", 0, 2),
    ("CN1*{02|09}*{money}**{code}", 0, 1),
    ("AMT*F5*{money}", 0, 1),
    ("REF*{4N|F5|EW|9F|G1|F8|X4|9A|9C|LX|D9|EA|P4|1J}*{code}", 0, 5),
    ("K3*{text}", 0, 3),
    ("NTE*{ADD|CER|DCP|DGN|TPO}*{text}", 0, 1),
    ("CR1*LB*{quantity}**A*DH*{quantity}****{text}", 0, 1),
    ("CR2********{A|C}**{text}", 0, 1),
    ("CRC*07*{Y|N}*{01|04}*{|05}", 0, 3),
    ("CRC*{E1|E2}*{Y|N}*L1", 0, 2),
    ("CRC*75*Y*IH", 0, 1),
    ("CRC*ZZ*{Y|N}*{AV|ST}", 0, 1),
    ("HI*ABK;{icd}*ABF;{icd}*ABF;{icd}", 1, 1),
    ("HI*BP;{code}*BO;{code}", 0, 1),
    ("HI*BG;{17|A1}*BG;{17|A2}", 0, 2),
    ("HCP*{00|03}*{money}*{money}*{code}", 0, 1),
    (_SUPERVISING, 0, 1),
    (_REFERRING, 0, 2),
    (_FACILITY, 0, 1),
    (_RENDERING, 0, 1),
    ((("NM1*{PW|45}*2", 1, 1), (ADDRESS, 1, 1)), 0, 2),
    (_OTHER_PAYER, 0, 3),
    (_LINE, 1, 4),
)
_SUBSCRIBER: Loop = (
    (f"NM1*IL*{EITHER}*{{MI|II}}*{{member}}", 1, 1),
    (ADDRESS, 0, 1),
    ("DMG*D8*{date}*{F|M|U}", 0, 1),
    ("REF*{SY|Y4}*{number}", 0, 2),
    ("PER*IC*{text}*TE*{number}", 0, 1),
    (f"NM1*PR*{ORGANIZATION}*{{PI|XV}}*{{code}}", 1, 1),
    (ADDRESS, 0, 1),
    ("REF*{2U|FY|NF|EI|G2|LU}*{code}", 0, 3),
)
_PATIENT: Loop = (
    ("HL*{level}*{subscriber}*23*0", 1, 1),
    ("PAT*{19|01|G8}****{*|D8*20260101}*{*|01*125}*{|Y}", 1, 1),
    (f"NM1*QC*{PERSON}", 1, 1),
    (ADDRESS, 1, 1),
    ("DMG*D8*{date}*{F|M|U}", 1, 1),
    ("REF*Y4*{member}", 0, 1),
    ("PER*IC*{text}*TE*{number}", 0, 1),
    (_CLAIM, 1, 2),
)
_OWN: Loop = (
    ("HL*{level!subscriber}*{billing}*22*0", 1, 1),
    ("SBR*{P|S|T}*18*{maybe}*{maybe}*{|12|47}****{CI|MB|16}", 1, 1),
    ("PAT*****{*|D8*20260101}*{*|01*125}*Y", 0, 1),
    (_SUBSCRIBER, 1, 1),
    (_CLAIM, 1, 3),
)
_DEPENDENTS: Loop = (
    ("HL*{level!subscriber}*{billing}*22*1", 1, 1),
    ("SBR*{P|S|T}**{maybe}*{maybe}*****{CI|MB|16}", 1, 1),
    (_SUBSCRIBER, 1, 1),
    (_PATIENT, 1, 2),
)
_BILLING: Loop = (
    ("HL*{level!billing}**20*1", 1, 1),
    ("PRV*BI*PXC*207Q00000X", 0, 1),
    ("CUR*85*USD", 0, 1),
    (f"NM1*85*{EITHER}*{NPI}", 1, 1),
    (ADDRESS, 1, 1),
    ("REF*{EI|SY}*{number}", 1, 1),
    ("REF*{0B|1G}*{code}", 0, 2),
    CONTACT,
    ((("NM1*87*{1|2}", 1, 1), (ADDRESS, 1, 1)), 0, 1),
    (
        (
            (f"NM1*PE*{ORGANIZATION}*PI*{{code}}", 1, 1),
            (ADDRESS, 1, 1),
            ("REF*2U*{code}", 0, 1),
            ("REF*EI*{number}", 1, 1),
        ),
        0,
        1,
    ),
    (_OWN, 0, 3),
    (_DEPENDENTS, 0, 2),
)
PROFESSIONAL: Loop = (
    ("ST*837*0001*005010X222A1", 1, 1),
    ("BHT*0019*{00|18}*{code}*{date}*{time}*{CH|RP}", 1, 1),
    ("NM1*41*{1*{text}*{maybe}*{maybe}|2*{text}**}***46*{code}", 1, 1),
    ("PER*IC*{text}*TE*{number}*{EM|FX}*{code}", 1, 2),
    ("NM1*40*2*{text}*****46*{code}", 1, 1),
    (_BILLING, 1, 2),
)

_SERVICE: Loop = (
    (
        "SVC*{HC;{code};25|HC;99213;25;59|N4;00026063512|NU;0300}*{money}*{money}*{|0300}"
        "*{|1|2.5}*{|HC;99214}*{|3}",
        1,
        1,
    ),
    ("DTM*{472*{date}|150*{date}|151*{date}}", 0, 1),
    ("CAS*{CO|PR|OA|PI}*{carc}*{money}*{|2}*{carc}*{money}**{carc}*{money}*3", 0, 4),
    ("REF*{6R|G1|RB|LU|1S|APC|BB|E9|HPI|0K}*{code}", 0, 5),
    ("AMT*{B6|KH|T|ZK}*{money}", 0, 3),
    ("QTY*{ZK|ZL|ZM}*{quantity}", 0, 2),
    ("LQ*{HE|RX}*{code}", 0, 4),
)
_PAID: Loop = (
    (
        "CLP*{claim}*{1|2|3|4|19|20|21|22|23|25}*{money}*{money}*{|money}*{MB|12|HM}*{code}*{|11|22}"
        "*{|1|7}**{|470}*{|1.5}*{|.85}",
        1,
        1,
    ),
    ("CAS*{CO|PR|OA|PI}*{carc}*{money}", 0, 3),
    (f"NM1*QC*{PERSON}*{{MI|HN}}*{{member}}", 1, 1),
    (f"NM1*IL*{EITHER}*MI*{{member}}", 0, 1),
    (f"NM1*74*{EITHER}*C*{{member}}", 0, 1),
    (f"NM1*82*{EITHER}*{NPI}", 0, 1),
    (f"NM1*{{TT|PR}}*{ORGANIZATION}*{{PI|XV}}*{{code}}", 0, 2),
    ("MIA*{quantity}*{money}***{|MA01}**{money}", 0, 1),
    ("MOA*{|.5}*{|12.5}*{MA01|N1}*{|N14}", 0, 1),
    ("REF*{1L|1W|28|6P|9A|9C|BB|CE|EA|F8|G1|G3|IG|SY}*{code}", 0, 4),
    ("DTM*{232|233|036|050}*{date}", 0, 3),
    ("PER*CX*{text}*TE*{number}", 0, 2),
    ("AMT*{AU|D8|DY|F5|I|NL|T|ZK}*{money}", 0, 3),
    ("QTY*{CA|CD|LA|NE|OU|PS|VS|ZK}*{quantity}", 0, 3),
    (_SERVICE, 0, 4),
)
REMITTANCE: Loop = (
    ("ST*835*0001", 1, 1),
    (
        "BPR*{I|H|C|D|P|U|X}*{money}*{C|D}*{ACH|CHK|FWT|NON}*{|CCP|CTX}*01*071000013*DA*{number}"
        "*1{number}*{|A12345678}*01*071000039*{DA|SG}*{number}*{date}",
        1,
        1,
    ),
    ("TRN*1*{code}*1{number}*{maybe}", 1, 1),
    ("CUR*PR*{USD|CAD}", 0, 1),
    ("REF*{EV|F2}*{code}", 0, 2),
    ("DTM*405*{date}", 0, 1),
    ("N1*PR*{text}{|*XV*12345}", 1, 1),
    (ADDRESS, 1, 1),
    ("REF*{2U|EO|HI|NF}*{code}", 0, 3),
    ("PER*CX*{text}*TE*{number}", 0, 1),
    ("PER*BL*{text}*TE*{number}*{EM|FX}*{text}", 1, 1),
    ("PER*IC**UR*{text}", 0, 1),
    ("N1*PE*{text}*XX*1234567893", 1, 1),
    (ADDRESS, 0, 1),
    ("REF*{TJ|PQ|0B}*{number}", 0, 2),
    ("RDM*{BM|EM|FT}*{text}*{number}", 0, 1),
    (
        (
            ("LX*{next}", 1, 1),
            ("TS3*{number}*11*{date}*{quantity}*{money}", 0, 1),
            ("TS2*{money}*{money}*{money}", 0, 1),
            (_PAID, 1, 3),
        ),
        0,
        3,
    ),
    ("PLB*{number}*{date}*{WO|FB|L6|72|CS}{;ref|;ref2}*{money}*{J1|50}*{money}", 0, 3),
)

_STATUS: Part = ("STC*{A1|A2|A3|A6|A7};{19|20|21};{|PR|85}*{date}*{WQ|U}*{|money}{|*}", 1, 2)
CLAIM_ACKNOWLEDGEMENT: Loop = (
    ("ST*277*0001*005010X214", 1, 1),
    ("BHT*0085*08*{code}*{date}*{time}*TH", 1, 1),
    ("HL*{level!source}**20*1", 1, 1),
    ("NM1*{PR|AY}*2*{text}*****{46|PI}*{code}", 1, 1),
    ("TRN*1*{code}", 1, 1),
    ("DTP*050*D8*{date}", 1, 1),
    ("DTP*009*D8*{date}", 1, 1),
    (
        (
            ("HL*{level!billing}*{source}*21*1", 1, 1),
            ("NM1*41*{1|2}*{text}*****46*{code}", 1, 1),
            ("TRN*2*{code}", 1, 1),
            _STATUS,
            ("QTY*90*{line}", 0, 1),
            ("QTY*AA*{line}", 0, 1),
            ("AMT*YU*{money}", 0, 1),
            ("AMT*YY*{money}", 0, 1),
            (
                (
                    ("HL*{level!subscriber}*{billing}*19*1", 1, 1),
                    (f"NM1*85*2*{{text}}*****{NPI}", 1, 1),
                    ("TRN*1*{code}", 1, 1),
                    ("STC*{A1|A2};{19|20};{|85}**WQ*{money}", 0, 1),
                    ("REF*{0B|1G|G2|TJ}*{code}", 0, 2),
                    ("QTY*QA*{line}", 0, 1),
                    ("QTY*QC*{line}", 0, 1),
                    ("AMT*YU*{money}", 0, 1),
                    ("AMT*YY*{money}", 0, 1),
                    (
                        (
                            ("HL*{level}*{subscriber}*PT", 1, 1),
                            (f"NM1*QC*{PERSON}*MI*{{member}}", 1, 1),
                            (
                                (
                                    ("TRN*2*{claim}", 1, 1),
                                    _STATUS,
                                    ("REF*1K*{code}", 0, 1),
                                    ("REF*D9*{code}", 0, 1),
                                    ("REF*BLT*131", 0, 1),
                                    ("DTP*472*{period}", 0, 1),
                                    (
                                        (
                                            ("SVC*HC;{code};{|25}*{money}**{|0300}***{|2}", 1, 1),
                                            ("STC*{A3|A7};{21|476};{|85}**U", 0, 2),
                                            ("REF*FJ*{code}", 0, 1),
                                            ("REF*XZ*{code}", 0, 1),
                                            ("DTP*472*{period}", 0, 1),
                                        ),
                                        0,
                                        3,
                                    ),
                                ),
                                1,
                                2,
                            ),
                        ),
                        0,
                        2,
                    ),
                ),
                0,
                2,
            ),
        ),
        1,
        2,
    ),
)

FUNCTIONAL_ACKNOWLEDGEMENT: Loop = (
    ("ST*999*0001*005010X231A1", 1, 1),
    ("AK1*HC*{line}*005010X222A1", 1, 1),
    (
        (
            ("AK2*837*000{line}*{|005010X222A1}", 1, 1),
            (
                (
                    ("IK3*{NM1|CLM|SV1}*{line}*{|2010AA}*{|8|5|3}", 1, 1),
                    ("CTX*CLM01;{claim}", 0, 1),
                    ("CTX*SITUATIONAL TRIGGER*NM1*{line}*{|2010AA}*4*{|1221}", 0, 1),
                    (
                        (
                            ("IK4*{3|5;2|5;2;1}*{|66}*{7|1|I12}*{maybe}", 1, 1),
                            ("CTX*SITUATIONAL TRIGGER*NM1*{line}", 0, 1),
                        ),
                        0,
                        3,
                    ),
                ),
                0,
                3,
            ),
            ("IK5*{A|E|R|M|W|X}*{|5}*{|I5}", 1, 1),
        ),
        0,
        3,
    ),
    ("AK9*{A|E|P|R}*{line}*{line}*{line}*{|2}*{|5}", 1, 1),
)
