-- The role that standbys connect as, by a superuser on the primary:
--   GW_REPLICATION_PASSWORD=… psql -f replication-role.sql postgres://postgres@primary/gateway
\set ON_ERROR_STOP on
\getenv password GW_REPLICATION_PASSWORD
SELECT 'CREATE ROLE gw_replication LOGIN REPLICATION' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gw_replication')
\gexec
\if :{?password}
ALTER ROLE gw_replication PASSWORD :'password';
\endif
