-- A person has asked for a file to be sent again: the partner lost it.
alter table outbound_file add column resend_asked boolean not null default false;
