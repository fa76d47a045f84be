// Package ledger keeps, on the customer's side, every envelope that leaves the
// cluster: readable, append-only, chained by SHA-256, bounded in size. An
// envelope is on disk before it is sent.
//
// A ledger is a folder of files ledger-0000000001.jsonl and so on, one line an
// envelope:
//
//	{"hash":"…","entry":{"time":"…","bytes":…,"session":"…","sequence":…,
//	 "previous":"…","digest":"…","names":{…},"entities":{…},"envelope":{…}}}
//
// hash is SHA-256 over the hash of the line before and the bytes of entry, so
// no line can be changed, left out or put in without all hashes after it being
// wrong. envelope is the message itself as protobuf's JSON; names and entities
// spell out the numbers that it uses. digest chains the envelopes in the same
// way, and is what the backend holds too: a ledger that was rewritten as a whole
// does not agree with it.
//
// When the newest file is full another one is begun and the oldest removed;
// anchor.json then holds the hash and digest before the oldest line that is
// left, so that the rest can still be verified. The files of one ledger are
// written by one process at a time.
package ledger
