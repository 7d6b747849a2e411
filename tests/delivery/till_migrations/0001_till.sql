create table till (key text primary key, number int not null, cents bigint not null);
create table opened (name text primary key);
