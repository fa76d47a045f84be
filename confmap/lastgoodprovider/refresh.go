package lastgoodprovider

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"

	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/internal/configstate"
)

// refresh makes the files as they stand on disk those of the next pass, if they
// are valid together; else all stay as they are. It returns early when ctx ends.
func (p *provider) refresh(ctx context.Context) {
	select {
	case p.refreshing <- struct{}{}:
		defer func() { <-p.refreshing }()
	case <-ctx.Done():
		return
	}
	p.mu.Lock()
	good, next, bad := maps.Clone(p.good), p.next, p.bad
	p.mu.Unlock()
	now, unreadable := p.onDisk(good)
	same := func(a, b texts) bool { return maps.EqualFunc(a, b, bytes.Equal) }
	switch {
	case same(now, good):
		p.accept(nil, now, unreadable)
	case next != nil && same(now, next): // found valid already
	case bad != nil && same(now, bad): // refused already
	default:
		err := p.validate(ctx, now)
		if ctx.Err() != nil {
			return // cut short: neither good nor bad
		}
		if err != nil {
			p.refuse(now, good, err)
			return
		}
		p.accept(now, now, unreadable)
	}
}

// onDisk reads all files; of one that can't be read the last good text stays.
func (p *provider) onDisk(good texts) (now texts, unreadable map[string]bool) {
	now, unreadable = make(texts, len(good)), map[string]bool{}
	for _, file := range slices.Sorted(maps.Keys(good)) {
		text, err := read(file)
		if err != nil {
			text = good[file]
			unreadable[file] = true
			if configstate.Set(file, configstate.Unreadable) {
				p.logger.Error("configuration file can't be read; the last good one is kept", zap.String("file", file))
			}
		}
		now[file] = text
	}
	return now, unreadable
}

// accept lays texts by for the next pass: nil when they are those served.
func (p *provider) accept(next, now texts, unreadable map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next, p.bad = next, nil
	for file := range now {
		if !unreadable[file] {
			configstate.Set(file, configstate.Current)
		}
	}
}

// refuse tells of the files that differ from what is served.
func (p *provider) refuse(now, good texts, err error) {
	p.mu.Lock()
	p.bad = now
	p.mu.Unlock()
	var files []string
	for _, file := range slices.Sorted(maps.Keys(now)) {
		if !bytes.Equal(now[file], good[file]) {
			files = append(files, file)
			configstate.SetReason(file, configstate.Invalid, err.Error())
		}
	}
	fields := []zap.Field{zap.Strings("files", files), zap.String("reason", err.Error())}
	var r *refusal
	if errors.As(err, &r) && len(r.at) > 0 {
		fields = append(fields, zap.Strings("at", r.at))
	}
	p.logger.Error("configuration is broken; the last good one is kept; run the validate command for the details", fields...)
}
