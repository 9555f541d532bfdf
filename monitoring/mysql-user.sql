-- Who asks for MySQL's figures may nothing but log in, which is all that SHOW GLOBAL STATUS takes, and not more than that.
CREATE USER IF NOT EXISTS watcher WITH MAX_USER_CONNECTIONS 3;
