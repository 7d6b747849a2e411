"""Edits before money: pairs, units, add-ons, global periods, age, sex, necessity, panels."""
