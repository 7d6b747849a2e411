-- A received file that is too large to be held at once is kept in pieces, its `content` empty;
-- `piece_bytes` is how much they hold together, 0 where `content` holds the file.
alter table inbound_file add column piece_bytes bigint not null default 0;
create table inbound_piece (
    sha256 text not null,
    number int not null check (number >= 0),
    content bytea not null,
    primary key (sha256, number)
);
