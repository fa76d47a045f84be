package flow

// drain delivers what has become deliverable, in both directions.
func (c *conn) drain() {
	for moved := true; moved && !c.closed; {
		moved = false
		for i := range c.dirs {
			d := &c.dirs[i]
			for len(d.held) > 0 && !before(d.next, d.held[0].seq) && !d.early(d.held[0].mark.Ack) {
				d.shift()
				moved = true
			}
		}
	}
}

// overdue gives up gaps that the peer has acknowledged past for longer than the
// grace, or all of them.
func (c *conn) overdue(all bool) {
	for again := true; again && !c.closed; {
		again = false
		for i := range c.dirs {
			again = c.dirs[i].giveUp(all) || again
		}
	}
	switch {
	case c.closed:
	case c.dirs[0].since == 0 && c.dirs[1].since == 0:
		c.t.gaps.remove(c)
	case !c.links[listGaps].in:
		c.gapAt = c.t.now
		c.t.gaps.pushBack(c)
	}
}

// giveUp gives up the direction's first gap when it is time, and reports it.
func (d *dir) giveUp(all bool) bool {
	c := d.c
	if len(d.held) == 0 && (!d.hasAck || !before(d.next, d.acked)) {
		d.since = 0
		return false
	}
	proven := d.hasAck && before(d.next, d.target())
	hole := proven
	parked := len(d.held) > 0 && !before(d.next, d.held[0].seq)
	if len(d.held) > 0 {
		o := d.peer() // two directions that wait for each other are a hole, too
		hole = !parked || len(o.held) > 0 && !before(o.next, o.held[0].seq)
	}
	switch {
	case !d.known || d.ended() || !hole:
		d.since = 0
		return false
	case all:
	case !proven:
		return false
	case d.since == 0:
		d.since = c.t.now
		return false
	case c.t.now-d.since < int64(c.t.cfg.GapGrace):
		return false
	}
	d.since = 0
	to := d.target()
	if len(d.held) > 0 && (before(d.held[0].seq, to) || !proven) {
		to = d.held[0].seq
	}
	c.exact = false
	if parked {
		d.shift()
	} else {
		d.skip(to)
	}
	c.drain()
	return true
}

// target is how far the peer has acknowledged, a FIN's own number left out.
func (d *dir) target() uint32 {
	if d.fin && before(d.finSeq, d.acked) {
		return d.finSeq
	}
	return d.acked
}

// skip gives up the bytes up to seq.
func (d *dir) skip(seq uint32) {
	n := int64(int32(seq - d.next))
	if n <= 0 {
		return
	}
	c := d.c
	c.exact = false
	d.pass(seq)
	d.lost++
	if c.dead {
		return
	}
	c.t.stats.Drops[DropGap]++
	inBody := d.synced && d.parser.Gap(n)
	if !inBody && c.server >= 0 {
		if d == &c.dirs[c.server] {
			c.debt.answers++
		} else {
			c.debt.bytes += n
		}
	}
	if d.synced && !inBody {
		if d.parser.Close(false) {
			c.t.stats.Drops[DropTruncated]++
			c.abandon(d)
		}
		d.synced = false
	}
}
