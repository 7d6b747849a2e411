"""The printing grid of the CMS-1500 (02/12): where each item's characters go.

The form is printed at 10 characters and 6 lines an inch, in capitals. A place is a line and a
column, both from 1, and how many characters fit (National Uniform Claim Committee, 1500 Health
Insurance Claim Form reference instruction manual for form version 02/12). What is printed for one
service line is given for the first of the six; the others follow two lines apart.
"""

from dataclasses import dataclass

LINES = 66
COLUMNS = 80
SERVICE_LINES = 6
DIAGNOSES = 12
_LINES_APART = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where the characters of one field go; ``right``: they end at the last column."""

    line: int
    column: int
    width: int
    right: bool = False

    def below(self, service_line: int) -> "Place":
        """The same field of a later service line, from 0."""
        line = self.line + service_line * _LINES_APART
        return Place(line, self.column, self.width, self.right)


def _read(text: str) -> dict[str, Place]:
    places = {}
    for row in text.strip().splitlines():
        name, line, column, width = row.split()
        right = width.startswith(">")
        places[name] = Place(int(line), int(column), int(width.lstrip(">")), right)
    return places


PLACES = _read("""
carrier.1 2 41 38
carrier.2 3 41 38
carrier.3 4 41 38
carrier.4 5 41 38
1.medicare 8 1 1
1.medicaid 8 8 1
1.tricare 8 15 1
1.champva 8 24 1
1.group 8 31 1
1.feca 8 39 1
1.other 8 45 1
1a 8 50 29
2 10 1 28
3.month 10 31 2
3.day 10 34 2
3.year 10 37 4
3.male 10 42 1
3.female 10 47 1
4 10 50 29
5.street 12 1 28
6.self 12 33 1
6.spouse 12 38 1
6.child 12 42 1
6.other 12 47 1
7.street 12 50 29
5.city 14 1 24
5.state 14 26 3
7.city 14 50 23
7.state 14 74 4
5.zip 16 1 12
5.phone.area 16 15 3
5.phone 16 19 10
7.zip 16 50 12
7.phone.area 16 65 3
7.phone 16 69 10
9 18 1 28
11 18 50 29
9a 20 1 28
10a.yes 20 35 1
10a.no 20 41 1
11a.month 20 53 2
11a.day 20 56 2
11a.year 20 59 4
11a.male 20 68 1
11a.female 20 75 1
10b.yes 22 35 1
10b.no 22 41 1
10b.state 22 45 2
11b.qualifier 22 50 2
11b 22 53 26
10c.yes 24 35 1
10c.no 24 41 1
11c 24 50 29
9d 26 1 28
10d 26 31 19
11d.yes 26 52 1
11d.no 26 57 1
12 29 7 25
12.date 29 37 10
13 29 56 23
14.month 32 2 2
14.day 32 5 2
14.year 32 8 4
14.qualifier 32 17 3
15.qualifier 32 32 3
15.month 32 37 2
15.day 32 40 2
15.year 32 43 4
16.from.month 32 54 2
16.from.day 32 57 2
16.from.year 32 60 4
16.to.month 32 68 2
16.to.day 32 71 2
16.to.year 32 74 4
17a.qualifier 33 29 2
17a 33 32 17
17.qualifier 34 1 2
17 34 4 24
17b 34 32 10
18.from.month 34 54 2
18.from.day 34 57 2
18.from.year 34 60 4
18.to.month 34 68 2
18.to.day 34 71 2
18.to.year 34 74 4
19 36 1 48
20.yes 36 52 1
20.no 36 57 1
20.charges 36 62 >8
21.version 37 42 1
21.A 38 3 7
21.B 38 16 7
21.C 38 29 7
21.D 38 42 7
21.E 39 3 7
21.F 39 16 7
21.G 39 29 7
21.H 39 42 7
21.I 40 3 7
21.J 40 16 7
21.K 40 29 7
21.L 40 42 7
22.code 38 50 11
22 38 62 18
23 40 50 29
24.supplement 43 1 61
24i 43 65 2
24j.other 43 68 11
24a.from.month 44 1 2
24a.from.day 44 4 2
24a.from.year 44 7 2
24a.to.month 44 10 2
24a.to.day 44 13 2
24a.to.year 44 16 2
24b 44 19 2
24c 44 22 2
24d 44 25 6
24d.modifier.1 44 33 2
24d.modifier.2 44 36 2
24d.modifier.3 44 39 2
24d.modifier.4 44 42 2
24e 44 45 4
24f 44 50 >9
24g 44 60 >3
24h 44 63 2
24j 44 68 10
25 56 1 15
25.ssn 56 17 1
25.ein 56 19 1
26 56 23 14
27.yes 56 38 1
27.no 56 43 1
28 56 50 >9
29 56 61 >8
33.phone.area 57 66 3
33.phone 57 70 9
32.name 57 23 26
33.name 58 50 29
32.street 58 23 26
33.street 59 50 29
32.place 59 23 26
33.place 60 50 29
31 60 1 20
32a 61 24 10
32b 61 35 14
33a 61 51 10
33b 61 63 16
""")
"""By item number and part: ``24a.from.day`` is the day of the first date of the first line."""
