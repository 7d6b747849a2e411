-- Where a file that is being sent lies whole under its unfinished name: address, folder and name.
-- It is noted before the file gets its final name. After a crash in between, an unfinished file that
-- is gone was finished, and is not sent again.
alter table outbound_file add column staged_place text not null default '';
