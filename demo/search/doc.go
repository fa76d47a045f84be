// Package search looks for known raw values in whatever was kept: files of any
// kind, answers of stores, logs. It is the judge of the demo, so it knows
// nothing of how Weir writes: it takes bytes and undoes every encoding it
// recognises, one inside the other, to a bounded depth.
//
// Undone are gzip, zlib, zstd and framed snappy wherever they begin, block
// snappy over a whole input, base64 (standard and URL alphabet, at any
// alignment), hexadecimal, JSON escapes, and percent-encoding. What lies open
// in protobuf, bbolt or pcap is found as it is. Letters match in either case.
//
// A search that could not finish says so: Report.Incomplete is never empty
// when a limit was met, and such a report proves nothing.
package search
