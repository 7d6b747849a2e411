"""Quality of coding: what is looked at again, how far two coders agree, and who stands out."""
