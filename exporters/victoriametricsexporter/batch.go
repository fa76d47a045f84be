package victoriametricsexporter

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"slices"
)

// batch collects the series of one request. Everything lives in flat slices
// that are reused; lists are chained by index (-1 ends one).
type batch struct {
	labels []byte // wire forms of the series' labels
	blobs  []byte // wire forms of native histograms and exemplars

	series    []series
	samples   []sample
	exemplars []blob
	index     map[uint64]int32 // hash of the labels → first series

	scratch []sample
}

type series struct {
	start, end   int // labels[start:end]
	origin       uint64
	sameHash     int32
	first, last  int32 // samples
	firstEx      int32
	lastEx       int32
	unsorted     bool
	sampleBytes  int
	exemplarSize int
}

// sample is a plain sample, or a native histogram when its blob is not empty.
type sample struct {
	value      float64
	ts         int64
	start, end int // blobs[start:end]
	next       int32
}

type blob struct {
	start, end int
	next       int32
}

func newBatch() *batch { return &batch{index: map[uint64]int32{}} }

func (b *batch) reset() {
	b.labels, b.blobs = b.labels[:0], b.blobs[:0]
	b.series, b.samples, b.exemplars = b.series[:0], b.samples[:0], b.exemplars[:0]
	clear(b.index)
}

// size is about the number of bytes that appendTo will add.
func (b *batch) size() int {
	return len(b.labels) + len(b.blobs) + len(b.series)*4 + len(b.samples)*18 + len(b.exemplars)*2
}

// seriesFor returns the series with the labels set + name + extra.
func (b *batch) seriesFor(set *labelSet, origin uint64, name, extra []byte) int32 {
	start := len(b.labels)
	b.labels = append(b.labels, set.enc[:set.nameAt]...)
	b.labels = append(b.labels, name...)
	b.labels = append(b.labels, set.enc[set.nameAt:set.extraAt]...)
	b.labels = append(b.labels, extra...)
	b.labels = append(b.labels, set.enc[set.extraAt:]...)
	block := b.labels[start:]
	hash := maphash.Bytes(seed, block)
	head, known := b.index[hash]
	if known {
		for i := head; i >= 0; i = b.series[i].sameHash {
			if s := &b.series[i]; bytes.Equal(b.labels[s.start:s.end], block) {
				b.labels = b.labels[:start]
				return i
			}
		}
	} else {
		head = -1
	}
	id := int32(len(b.series))
	b.series = append(b.series, series{
		start: start, end: len(b.labels), origin: origin, sameHash: head,
		first: -1, last: -1, firstEx: -1, lastEx: -1,
	})
	b.index[hash] = id
	return id
}

// add appends a sample to a series. It returns why the sample was not taken,
// or "": one of the same time is there, or the series belongs to a metric or to
// attributes of other original names.
func (b *batch) add(id int32, origin uint64, sm sample) string {
	s := &b.series[id]
	if s.origin != origin {
		return reasonCollision
	}
	sm.next = -1
	at := int32(len(b.samples))
	if s.last >= 0 {
		switch last := b.samples[s.last].ts; {
		case sm.ts == last:
			return reasonDuplicate
		case sm.ts < last:
			s.unsorted = true
		}
		b.samples[s.last].next = at
	} else {
		s.first = at
	}
	s.last = at
	s.sampleBytes += sm.wireSize()
	b.samples = append(b.samples, sm)
	return ""
}

// addExemplar chains blobs[start:] to a series.
func (b *batch) addExemplar(id int32, start int) {
	s := &b.series[id]
	at := int32(len(b.exemplars))
	if s.lastEx >= 0 {
		b.exemplars[s.lastEx].next = at
	} else {
		s.firstEx = at
	}
	s.lastEx = at
	size := len(b.blobs) - start
	s.exemplarSize += 1 + varintLen(uint64(size)) + size
	b.exemplars = append(b.exemplars, blob{start, len(b.blobs), -1})
}

func (sm *sample) wireSize() int {
	size := sm.end - sm.start
	if size == 0 {
		size = sampleSize(sm.ts)
	}
	return 1 + varintLen(uint64(size)) + size
}

// appendTo appends the WriteRequest. Samples of a series are in order of time.
// It returns how many samples it left out because one of the same time came
// before; call it once.
func (b *batch) appendTo(dst []byte) (_ []byte, duplicates int) {
	for i := range b.series {
		s := &b.series[i]
		if s.unsorted {
			duplicates += b.order(s)
		}
		size := s.end - s.start + s.sampleBytes + s.exemplarSize
		dst = appendVarint(dst, tagTimeSeries, uint64(size))
		dst = append(dst, b.labels[s.start:s.end]...)
		for at := s.first; at >= 0; at = b.samples[at].next {
			sm := &b.samples[at]
			if sm.start == sm.end {
				dst = appendSample(dst, sm.value, sm.ts)
				continue
			}
			dst = b.appendBlob(dst, tagHistograms, sm.start, sm.end)
		}
		for at := s.firstEx; at >= 0; at = b.exemplars[at].next {
			dst = b.appendBlob(dst, tagExemplars, b.exemplars[at].start, b.exemplars[at].end)
		}
	}
	return dst, duplicates
}

func (b *batch) appendBlob(dst []byte, tag byte, start, end int) []byte {
	dst = binary.AppendUvarint(append(dst, tag), uint64(end-start))
	return append(dst, b.blobs[start:end]...)
}

// order puts the samples of a series into the order of time, the first of each
// time wins.
func (b *batch) order(s *series) (duplicates int) {
	b.scratch = b.scratch[:0]
	places := make([]int32, 0, 16)
	for at := s.first; at >= 0; at = b.samples[at].next {
		b.scratch = append(b.scratch, b.samples[at])
		places = append(places, at)
	}
	slices.SortStableFunc(b.scratch, func(x, y sample) int {
		switch {
		case x.ts < y.ts:
			return -1
		case x.ts > y.ts:
			return 1
		}
		return 0
	})
	kept := slices.CompactFunc(b.scratch, func(x, y sample) bool { return x.ts == y.ts })
	s.sampleBytes = 0
	for i, sm := range kept {
		sm.next = -1
		if i+1 < len(kept) {
			sm.next = places[i+1]
		}
		s.sampleBytes += sm.wireSize()
		b.samples[places[i]] = sm
	}
	return len(places) - len(kept)
}
