CREATE TABLE servers (
	id INTEGER NOT NULL,
	proto VARCHAR(15),
	ip VARCHAR(255),
	port INTEGER,
	base_url VARCHAR(255),
	cookie_name VARCHAR(255),
	CONSTRAINT pk_servers PRIMARY KEY (id)
);
INSERT INTO "servers" VALUES(2,'http','127.0.0.1',35359,'/user/demo-class03/','cookie');
INSERT INTO "servers" VALUES(5,'http','',50445,'/user/demo-class04/','cookie');
CREATE TABLE spawners (
	id INTEGER NOT NULL,
	user_id INTEGER,
	server_id INTEGER,
	state TEXT,
	name VARCHAR(255),
	display_name VARCHAR(255),
	started DATETIME,
	last_activity DATETIME,
	user_options TEXT,
	oauth_client_id VARCHAR(255),
	CONSTRAINT pk_spawners PRIMARY KEY (id)
);
INSERT INTO "spawners" VALUES(1,1,NULL,NULL,'','',NULL,NULL,NULL,NULL);
INSERT INTO "spawners" VALUES(2,2,NULL,'{}','','',NULL,'2026-11-28 15:23:13.063812','{"session": "f1152c43bc26c3a0ad370fcedb4258ac", "options": "--job-name=aif-demo-bench-stock --output=/dev/null --comment=f1152c43bc26c3a0ad370fcedb4258ac", "runtime": "240", "partition": "mig", "gres": "gpu:h100_1g.10gb:1"}',NULL);
INSERT INTO "spawners" VALUES(3,3,2,'{"job_id": "1258", "job_status": "RUNNING mig01"}','','','2026-11-28 15:22:44.103192','2026-11-28 15:22:44.103192','{"session": "2d5f2915259fb82d9810be117faf18e0", "options": "--job-name=aif-demo-bench-stock --output=/dev/null --comment=2d5f2915259fb82d9810be117faf18e0", "runtime": "240", "partition": "cpu"}','jupyterhub-user-demo-class03');
INSERT INTO "spawners" VALUES(4,4,5,'{}','','','2026-11-28 15:23:02.371437','2026-11-28 15:23:02.371437','{"session": "0043da2d1bdca04af5a93fdadfd92481", "options": "--job-name=aif-demo-bench-stock --output=/dev/null --comment=0043da2d1bdca04af5a93fdadfd92481", "runtime": "240", "partition": "cpu"}','jupyterhub-user-demo-class04');
CREATE TABLE users (
	id INTEGER NOT NULL,
	name VARCHAR(255),
	user_info TEXT,
	admin BOOLEAN,
	created DATETIME,
	last_activity DATETIME,
	cookie_id VARCHAR(255) NOT NULL,
	state TEXT,
	encrypted_auth_state BLOB,
	CONSTRAINT pk_users PRIMARY KEY (id),
	CONSTRAINT uq_users_name UNIQUE (name),
	CONSTRAINT uq_users_cookie_id UNIQUE (cookie_id)
);
INSERT INTO "users" VALUES(1,'demo-class01',NULL,0,'2026-11-28 15:22:32.023906',NULL,'cookie 1',NULL,NULL);
INSERT INTO "users" VALUES(2,'demo-class02',NULL,0,'2026-11-28 15:22:32.210283','2026-11-28 15:23:13.063812','cookie 2','{}',NULL);
INSERT INTO "users" VALUES(3,'demo-class03',NULL,0,'2026-11-28 15:22:32.307887','2026-11-28 15:22:44.103192','cookie 3','{}',NULL);
INSERT INTO "users" VALUES(4,'demo-class04',NULL,0,'2026-11-28 15:22:32.390869','2026-11-28 15:23:02.371437','cookie 4','{}',NULL);
