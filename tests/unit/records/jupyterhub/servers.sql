-- composed for now
CREATE TABLE users (id INTEGER NOT NULL, name VARCHAR(255));
CREATE TABLE servers (id INTEGER NOT NULL, proto VARCHAR(15), ip VARCHAR(255), port INTEGER, base_url VARCHAR(255), cookie_name VARCHAR(255));
CREATE TABLE spawners (id INTEGER NOT NULL, user_id INTEGER, server_id INTEGER, state TEXT, name VARCHAR(255), display_name VARCHAR(255), started DATETIME, last_activity DATETIME, user_options TEXT, oauth_client_id VARCHAR(255));
INSERT INTO users VALUES (1, 'demo-class01'), (2, 'demo-class02'), (3, 'demo-class03');
INSERT INTO servers VALUES (1, 'http', '127.0.0.1', 40001, '/user/demo-class01/', 'x'), (2, 'http', '', 0, '/user/demo-class03/', 'x');
INSERT INTO spawners VALUES (1, 1, 1, '{"job_id": "12", "job_status": "RUNNING gpu01"}', '', NULL, '2026-11-28 15:00:00', NULL, '{"session": "000102030405060708090a0b0c0d0e0f", "runtime": "240"}', NULL);
INSERT INTO spawners VALUES (2, 2, NULL, '{}', '', NULL, NULL, NULL, '{"session": "100102030405060708090a0b0c0d0e0f", "runtime": "240"}', NULL);
INSERT INTO spawners VALUES (3, 3, 2, '{}', '', NULL, '2026-11-28 15:00:00', NULL, '{"session": "200102030405060708090a0b0c0d0e0f", "runtime": "240"}', NULL);
