-- createRestorePoint (write, transactional, login control)

-- before
select current_setting('wal_level') as "walLevel", pg_current_wal_insert_lsn()::text as lsn;

-- statement
select pg_create_restore_point('before-pg_trgm-1.6')::text as lsn;

-- verify
select pg_current_wal_insert_lsn() > '0/1'::pg_lsn as holds, 'a restore point in the WAL'::text as expected,
       format('WAL position %s', pg_current_wal_insert_lsn()) as seen;
