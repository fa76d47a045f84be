INSERT INTO `users` (`id`,`email`,`phone`,`created`) VALUES (1,'«EMAIL|ann@example.com»','«PHONE|+12125550147»','2026-11-21 08:00:00'),(2,'«EMAIL|bob@example.com»','«PHONE|+442079460958»',NULL);
SELECT * FROM users WHERE email = '«EMAIL|ann@example.com»' AND password = '«PASSWORD|hunter2»' AND id IN (1,2,3) LIMIT 100 OFFSET 2000;
UPDATE accounts SET first_name='«PERSON_NAME|Ann»', last_name = '«PERSON_NAME|Hara»', dob='«BIRTH_DATE|1980-02-29»', ssn='«US_SSN|123-45-6789»' WHERE id = 550;
ALTER USER app WITH PASSWORD '«PASSWORD|hunter2»' VALID UNTIL '2030-01-01';
CREATE USER 'app'@'%' IDENTIFIED BY '«PASSWORD|hunter2»';
CREATE TABLE users (id bigint, password varchar(255) NOT NULL, email text, PRIMARY KEY (id));
SELECT name, version FROM pkg WHERE hash = '9f86d081884c7d659a2feaa0c55ad015' AND password = ? AND token = $1;
INSERT INTO hosts VALUES ('web-1', '«IP_ADDRESS|10.0.0.12»', '00:1a:2b:3c:4d:5e', '10.0.0.0/24');
