package clickhouseexporter

import (
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/proto"
)

// table is a table that the exporter writes to: its name, its statements and
// the columns an INSERT fills.
type table struct {
	signal   string
	database string
	name     string
	create   []string // run in this order; each does nothing when done before
	columns  []column
	insert   string
}

// column is a name and ClickHouse's spelling of its type.
type column struct{ name, typ string }

// columnsOf reads names and types off the batch itself, so that the INSERT,
// the check of an existing table and the data can't disagree.
func columnsOf(cols []proto.InputColumn) []column {
	out := make([]column, len(cols))
	for i, c := range cols {
		out[i] = column{c.Name, string(c.Data.Type())}
	}
	return out
}

func logsTable(cfg *Config) table {
	t := newTable("logs", cfg.Database, cfg.LogsTable, columnsOf(newLogBatch().columns()))
	t.create = []string{createDatabase(cfg.Database), fmt.Sprintf(logsDDL, t.quoted(), ttlClause("TimestampTime", cfg.TTL.Logs))}
	return t
}

func tracesTable(cfg *Config) table {
	t := newTable("traces", cfg.Database, cfg.TracesTable, columnsOf(newSpanBatch().columns()))
	times := quote(cfg.Database) + "." + quote(cfg.TracesTable+"_trace_id_ts")
	view := quote(cfg.Database) + "." + quote(cfg.TracesTable+"_trace_id_ts_mv")
	t.create = []string{
		createDatabase(cfg.Database),
		fmt.Sprintf(tracesDDL, t.quoted(), ttlClause("toDateTime(Timestamp)", cfg.TTL.Traces)),
		fmt.Sprintf(traceTimesDDL, times, ttlClause("toDateTime(Start)", cfg.TTL.Traces)),
		fmt.Sprintf(traceTimesViewDDL, view, times, t.quoted()),
	}
	return t
}

func newTable(signal, database, name string, cols []column) table {
	t := table{signal: signal, database: database, name: name, columns: cols}
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = quote(c.name)
	}
	t.insert = fmt.Sprintf("INSERT INTO %s (%s) FORMAT Native", t.quoted(), strings.Join(names, ", "))
	return t
}

func (t *table) quoted() string { return quote(t.database) + "." + quote(t.name) }

// check compares what the server has (column name to type) with what is
// written; columns beyond that are the user's own.
func (t *table) check(have map[string]string) error {
	if len(have) == 0 {
		return fmt.Errorf("table %s.%s: does not exist (create_schema makes it)", t.database, t.name)
	}
	for _, c := range t.columns {
		typ, ok := have[c.name]
		if !ok {
			return fmt.Errorf("table %s.%s: column %s %s is missing", t.database, t.name, c.name, c.typ)
		}
		if typ != c.typ {
			return fmt.Errorf("table %s.%s: column %s has type %s, %s is written", t.database, t.name, c.name, typ, c.typ)
		}
	}
	return nil
}

// quote makes an identifier; the grammar of Config allows nothing that would
// need an escape.
func quote(identifier string) string { return "`" + identifier + "`" }

func createDatabase(name string) string { return "CREATE DATABASE IF NOT EXISTS " + quote(name) }

// ttlClause is empty for 0, which keeps rows for ever.
func ttlClause(expr string, d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("\nTTL %s + toIntervalSecond(%d)", expr, int64(d/time.Second))
}
