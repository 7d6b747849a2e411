-- Claims of one practice and payer are looked at together, in the order in which they wait.
drop index coverage_check_open;
create index coverage_check_open
    on coverage_check (practice_id, payer_id, waiting_since, claim_id) where outcome = '';
