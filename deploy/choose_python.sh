#!/bin/sh
# Prints the path of a Python from 3.11 on that PATH has, or nothing.
#
# One that was built with profile-guided optimization goes before one that was not, whatever order
# PATH has them in: the services need an eighth less processor time in it. What a distribution ships
# under /usr is built so without saying it; what a version manager compiled mostly is not.

suits='
import sys, sysconfig
if sys.argv[1] == "optimized":
    import ensurepip, venv
    if "--enable-optimizations" not in (sysconfig.get_config_var("CONFIG_ARGS") or ""):
        sys.exit(sys.base_prefix != "/usr" or sys.version_info < (3, 11))
sys.exit(sys.version_info < (3, 11))
'

IFS=:
for built in optimized any; do
    for name in python3.13 python3.12 python3.11 python3.14 python3; do
        for folder in $PATH; do
            if [ -x "$folder/$name" ] && "$folder/$name" -c "$suits" "$built" 2>/dev/null; then
                printf '%s\n' "$folder/$name"
                exit
            fi
        done
    done
done
