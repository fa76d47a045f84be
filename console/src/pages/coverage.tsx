import type { PageProps } from '../app';
import { bytes, count, few, percent, plural } from '../data/format';
import { usePoll } from '../data/poll';
import type { Agent, Coverage } from '../data/types';
import { Age, Empty, Figure, Head, Waiting } from '../parts/bits';
import { Table } from '../parts/table';

const share = (a: Agent): number => (a.exchanges_seen + a.exchanges_lost > 0 ? a.exchanges_lost / (a.exchanges_seen + a.exchanges_lost) : 0);

/** CoveragePage: how much of the truth the figures can hold. */
export function CoveragePage({ project }: PageProps) {
  const polled = usePoll<Coverage>(`/projects/${encodeURIComponent(project.id)}/coverage`);
  if (!polled.data) return <Waiting on={polled} />;
  const agents = polled.data.agents ?? [];
  if (agents.length === 0) {
    return (
      <>
        <Head title="Coverage" />
        <Empty title="No agent has reported yet">Once agents run on the cluster’s machines, this page tells how much of the traffic they saw.</Empty>
      </>
    );
  }
  const sum = (f: (a: Agent) => number): number => agents.reduce((n, a) => n + (f(a) || 0), 0);
  const seen = sum((a) => a.exchanges_seen);
  const lost = sum((a) => a.exchanges_lost);
  const full = agents.filter((a) => a.sampling >= 1).length;
  return (
    <>
      <Head title="Coverage" lead={`How much of the traffic ${plural(agents.length, 'agent')} saw in the last 24 hours. What is not seen is not judged.`} />
      <dl class="figures">
        <Figure name="Seen" value={seen + lost > 0 ? percent(seen / (seen + lost)) : '–'} note={few(seen) + ' requests'} />
        <Figure name="Lost" value={few(lost)} note="too fast or cut off" tone={lost > seen / 100 ? 'warning' : ''} />
        <Figure name="Looked into fully" value={`${full} of ${agents.length}`} note="others take samples" />
        <Figure name="Names replaced" value={few(sum((a) => a.names_pseudonymised))} note="by a code, as they looked private" />
      </dl>
      <section class="panel">
        <h2>Agents</h2>
        <Table
          caption="Agents"
          of={agents}
          one="agent"
          id={(a) => a.agent}
          text={(a) => a.agent}
          sort={['Lost', 'down']}
          columns={[
            { name: 'Agent', main: true, by: (a) => a.agent, cell: (a) => <code>{a.agent}</code> },
            { name: 'Last report', tight: true, by: (a) => a.last_report, cell: (a) => <Age at={a.last_report} /> },
            { name: 'Requests seen', number: true, by: (a) => a.exchanges_seen, cell: (a) => count(a.exchanges_seen) },
            {
              name: 'Lost',
              number: true,
              by: share,
              cell: (a) => (
                <span class={share(a) > 0.01 ? 'bad' : ''} title={count(a.exchanges_lost) + ' requests'}>
                  {percent(share(a))}
                </span>
              ),
            },
            {
              name: 'Looked into',
              hint: 'The share of requests whose content was examined for data types',
              number: true,
              by: (a) => a.sampling,
              cell: (a) => (
                <span class="meter">
                  {percent(a.sampling)}
                  <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="track" width="100" height="6" />
                    <rect class="fill" width={Math.max(0, Math.min(1, a.sampling)) * 100} height="6" />
                  </svg>
                </span>
              ),
            },
            { name: 'Read', number: true, by: (a) => a.bytes_parsed, cell: (a) => bytes(a.bytes_parsed) },
            { name: 'Facts left out', hint: 'To stay within the daily budget of bytes', number: true, by: (a) => a.facts_left_out, cell: (a) => count(a.facts_left_out) },
            { name: 'Names replaced', number: true, by: (a) => a.names_pseudonymised, cell: (a) => count(a.names_pseudonymised) },
          ]}
        />
      </section>
    </>
  );
}
