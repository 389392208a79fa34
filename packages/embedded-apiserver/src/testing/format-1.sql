PRAGMA user_version = 1;
CREATE TABLE objects (
  resource TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (resource, key)
) STRICT, WITHOUT ROWID;
INSERT INTO objects VALUES('namespaces','default',1,'{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"default","uid":"c5c15f1e-0f0b-4b7f-9b0a-0a2f7b2f0001","creationTimestamp":"2026-11-01T00:00:00Z","resourceVersion":"1"},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}');
INSERT INTO objects VALUES('namespaces','kube-system',2,'{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"kube-system","uid":"c5c15f1e-0f0b-4b7f-9b0a-0a2f7b2f0002","creationTimestamp":"2026-11-01T00:00:00Z","resourceVersion":"2"},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}');
INSERT INTO objects VALUES('secrets','default/kept',7,'{"apiVersion":"v1","kind":"Secret","metadata":{"name":"kept","namespace":"default","uid":"c5c15f1e-0f0b-4b7f-9b0a-0a2f7b2f0003","creationTimestamp":"2026-11-01T00:00:00Z","resourceVersion":"7"},"data":{"a":"Yg=="},"type":"Opaque"}');
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES('revision',9);
