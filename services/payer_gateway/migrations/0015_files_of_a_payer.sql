-- What a payer has sent since a day, and the versions of a claim: asked by people who prove when it was
-- filed, and for claims that come late.
create index inbound_file_of_payer on inbound_file (payer_id, received_at);
create index claim_encounter on claim (encounter_id);
