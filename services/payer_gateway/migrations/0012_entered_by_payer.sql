-- Two payers may have checks of one number, day and amount: among payments that were entered by
-- hand, whose payer_number is 'paper', the payer is part of what makes a payment the same. One of a
-- file is the same whichever partner it came from: remittance_id, a hash of the first four, is unique.
alter table remittance
    drop constraint remittance_pkey,
    add primary key (payer_number, trace_number, paid_on, payment_cents, payer_id);
