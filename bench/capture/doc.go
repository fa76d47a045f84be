// Package capture compares how many HTTP pairs per CPU-second Weir's capture
// path and gopacket with net/http take from the bytes of one capture file, and
// how many of the pairs are right.
package capture
