"""What a reason of the coder queue means, in words: what a person has to look at."""

MEANINGS: dict[str, str] = {
    "additional_code_needed": "the code wants another beside it, and none was found",
    "admitted_and_discharged_on_one_day": "a discharge on the day of an initial visit of another "
    "encounter",
    "age_implausible": "the patient is recorded as older than anybody",
    "anesthesia_base_units_unknown": "several anesthesia codes, and not the base units of all",
    "anesthesia_code_ambiguous": "the crosswalk gives the operation several anesthesia codes",
    "anesthesia_code_unknown": "the crosswalk has no anesthesia code for the operation",
    "anesthesia_role_disagrees": "who gave the anesthesia is not of the profession that is named",
    "anesthesia_role_missing": "anesthesia, and nobody says who gave or directed it",
    "anesthesia_time_of_parts_unknown": "a further stage of anesthesia without a time of its own",
    "anesthesia_times_unusable": "the times of anesthesia cannot be, or do not hold its minutes",
    "assertion_unclear": "the words do not say whether the condition is there",
    "assessment_not_understood": "a line of the assessment names nothing that could be coded",
    "assistant_not_paid": "an assistant at surgery, and the procedure allows none",
    "care_taken_over": "care after another's operation: the claim wants the operation's date and "
    "since when",
    "complex_administration_by_payer": "a biologic drug into a vein: whether it counts as complex "
    "(96413, 96409) is the payer's word",
    "consultation_without_request": "a consultation, and nobody named who asked for it",
    "containers_and_dose_differ": "the containers opened do not hold the dose and what was wasted",
    "critical_care_time_contradictory": "the note states different times of critical care",
    "critical_care_time_missing": "critical care without the minutes that it took",
    "discarded_amount_unknown": "a single-dose container, and nothing says what was discarded",
    "dose_unit_not_convertible": "the dose is in a unit that the code does not count in",
    "drug_code_not_in_force": "the drug's code was not in force on the date of service",
    "drug_not_found": "the drug has no code in the release",
    "drug_without_descriptor_dose": "the drug's code counts no dose",
    "earlier_encounter_came_late": "a coder decided the codes, and an earlier encounter that came "
    "in later gives others",
    "edit": "an edit stops a line, or its table has no data for the date: see the verdicts",
    "etiology_needed": "a manifestation without the disease behind it (guideline I.A.13)",
    "excludes1": "two codes that exclude each other (guideline I.A.12.a)",
    "fetus_not_named": "a complication of one fetus among several, and nothing says of which "
    "(I.C.15.a.6)",
    "first_day_of_critical_care_unknown": "a later day of a stay, and nothing says of its first "
    "critical day",
    "further_infusion_needs_times": "a further infusion without its times",
    "global_period_procedure": "a procedure in the global period of an earlier one",
    "global_period_relation_unknown": "a visit in a global period, and nothing says what it is for",
    "global_period_unknown": "an earlier operation, and no table at hand has its global period",
    "hydration_beside_untimed_infusion": "hydration beside an infusion without times",
    "hydration_needs_times": "hydration without its times",
    "increased_service": "more work than the procedure stands for (modifier 22): attach the report",
    "infusion_times_unusable": "the infusion ends before it begins, or has no times",
    "manifestation_first": "a manifestation stands first (guideline I.A.13)",
    "nature_of_adverse_effect_needed": "an adverse effect without its nature (I.C.19.e.5)",
    "no_code_set_release": "no release of a code set covers the date of service",
    "note_not_english": "the note is in a language that the rules do not read",
    "nothing_to_bill": "no service or no diagnosis was found",
    "organism_without_infection": "an organism, and no infection that it causes",
    "osteoporotic_fracture": "a fracture with osteoporosis: is it pathological (I.C.13.d)",
    "perinatal_code": "a perinatal code, and the patient is no newborn (I.C.16)",
    "place_disagrees": "the place of service cannot be that of the setting",
    "preoperative_share_not_paid": "the care before an operation alone, which Medicare does not "
    "pay as a part",
    "primary_care_exception_level": "a level that the primary care exception does not allow",
    "primary_site_needed": "a secondary neoplasm, and nothing says of the primary site",
    "problem_not_understood": "a problem of the list names nothing that could be coded",
    "procedure_not_in_set": "a procedure that the practice's set does not have",
    "psychotherapy_time_contradictory": "the note states different times of psychotherapy",
    "psychotherapy_time_missing": "psychotherapy without its time, or with that of another kind",
    "recoded": "a coder decided the codes, and a new release gives others",
    "refused_by_coder": "a coder refused the case: a coding lead decides it",
    "report_missing": "an item without the report that its code needs",
    "secondary_only_first": "a code that may not stand first stands first",
    "separate_visit_not_evident": "a visit beside a minor procedure, and nothing makes it separate",
    "service_before_birth": "the date of service is before the patient's birth",
    "several_surgeons_need_report": "two surgeons or a team, which are paid by report: attach it",
    "several_surgeons_not_paid": "two surgeons or a team, and the procedure allows none",
    "severity_of_use_needed": "a use disorder, and nothing says how severe it is (I.C.5.b)",
    "sex_conflict": "a code of the other sex",
    "share_without_package": "a part of a package is named, and the procedure has none of 10 or "
    "90 days",
    "side_missing": "an item of one side, and no side",
    "split_or_shared_outside_facility": "a shared visit outside a facility",
    "staff_visit_within_administration": "a visit of staff beside a drug or vaccine, which holds "
    "it",
    "staff_visit_without_code": "a visit of staff where no code stands for one",
    "stay_dates_differ": "a stay of one day, and its times are of two dates",
    "stay_hours_unknown": "a stay of one day for Medicare without its times: eight hours decide",
    "stay_times_unusable": "the stay ends before it begins",
    "stroke_current_or_past": "is the stroke of now or of the past (I.C.9.d)",
    "substance_use_unlinked": "substance use, and nothing links it to a disorder (I.C.5.b.3)",
    "surgeon_and_assistant": "one of several surgeons and assistant in one",
    "telehealth_place_of_service": "a telehealth visit with a place of service that is none",
    "test_not_in_set": "a laboratory test that the practice's set does not have",
    "time_below_least_minimum": "less time than the least visit takes",
    "too_many_lines": "more than fifty lines",
    "too_many_modifiers": "a line with more than the four modifiers that a claim takes",
    "total_time_contradictory": "the note states different total times",
    "total_time_implausible": "more than four hours of one practitioner's time in a day",
    "unanswered": "asked, answered, and the gap is still there",
    "units_implausible": "more units than a day of one patient holds",
    "unsure": "a code less sure than the limit",
    "vaccine_not_in_set": "a vaccine that the practice's set does not have",
    "visit_beside_critical_care": "a visit beside critical care of the same day",
    "visit_of_another_profession": "a visit, and who rendered it is of a profession that reports "
    "none",
    "visit_within_global_period": "a visit that is part of an earlier operation: 99024, or nothing",
    "weight_missing": "intensive care by the day without the child's weight",
    "wording_against_code": "the EHR's code and its words name different things",
}


def kind_of(reason: str) -> str:
    """The kind of a reason: what stands before what it is about."""
    return reason.partition(":")[0]


def explained(reason: str) -> str:
    """A reason in words; empty for one that is not known."""
    return MEANINGS.get(kind_of(reason), "")
