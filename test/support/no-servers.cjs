// A pure test has no servers, also where it runs beside real ones.
delete process.env['PG_RUNBOOKS_TEST_PARTS'];
delete process.env['PG_RUNBOOKS_TEST_FOLDER'];
