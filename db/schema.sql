-- The schema of MySQL and of the embedded SQLite database alike: what stands between /*! and */ is for MySQL alone,
-- what stands after "-- SQLite:" for SQLite alone.
--
-- Every person sits in a numbered seat, and the seats 1, 2, 3 … have no gap, whoever comes and goes. So a random seat
-- is a random person, each equally likely, at the cost of one look-up. The row of seat_count is what one writer at a
-- time holds. People leave by DELETE; MySQL refuses a TRUNCATE, which would tell nobody.

CREATE TABLE people (
  id INTEGER /*! UNSIGNED AUTO_INCREMENT */ PRIMARY KEY -- SQLite: AUTOINCREMENT
    NOT NULL,
  name VARCHAR(100) NOT NULL
) /*! CHARACTER SET utf8mb4 */;

CREATE TABLE seats (
  seat INTEGER /*! UNSIGNED */ NOT NULL PRIMARY KEY,
  person_id INTEGER /*! UNSIGNED */ NOT NULL,
  FOREIGN KEY (person_id) REFERENCES people (id) ON UPDATE CASCADE
);

CREATE INDEX seats_by_person ON seats (person_id);

CREATE TABLE seat_count (
  id INTEGER NOT NULL DEFAULT 1 PRIMARY KEY,
  seats INTEGER /*! UNSIGNED */ NOT NULL
);

INSERT INTO seat_count (seats) VALUES (0);

-- A change of what stands here is a new version, and a step in db/tables.ts for the databases that are there.
CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY);

INSERT INTO schema_version (version) VALUES (3);

-- The parts of db/people.csv that are loaded: how many names there are before each, and in it. The part of none is the
-- end of the list, after which nobody loads it again.
CREATE TABLE list_parts (
  names_before INTEGER NOT NULL PRIMARY KEY,
  names INTEGER NOT NULL
);

-- A new person takes the next seat.
CREATE TRIGGER person_comes AFTER INSERT ON people
-- SQLite: WHEN NOT EXISTS (SELECT 1 FROM seats WHERE person_id = NEW.id)
/*! FOR EACH ROW */
BEGIN
  UPDATE seat_count SET seats = seats + 1;
  INSERT INTO seats (seat, person_id) SELECT seats, NEW.id FROM seat_count;
END;

-- Who sits in the last seat moves to the seat of the person who leaves. MySQL updates a table by what it reads from the
-- same one only if that is wrapped in a query of its own.
CREATE TRIGGER person_leaves BEFORE DELETE ON people FOR EACH ROW
BEGIN
  UPDATE seat_count SET seats = seats - 1;
  UPDATE seats SET person_id = (
    SELECT person_id FROM (SELECT person_id FROM seats ORDER BY seat DESC LIMIT 1) AS last_seat
  ) WHERE person_id = OLD.id;
  DELETE FROM seats WHERE seat > (SELECT seats FROM seat_count);
END;

-- SQLite's REPLACE takes people away without a DELETE. So who comes in the place of one of them has a seat already (see
-- person_comes), and nobody may be given the id of somebody who is there.
-- SQLite: CREATE TRIGGER person_changes BEFORE UPDATE ON people WHEN NEW.id <> OLD.id
-- SQLite: BEGIN
-- SQLite:   SELECT RAISE(ABORT, 'Somebody has this id.') FROM people WHERE id = NEW.id;
-- SQLite:   UPDATE seats SET person_id = NEW.id WHERE person_id = OLD.id;
-- SQLite: END;
