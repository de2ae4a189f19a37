// The platform's own limit: a Worker that parses the same body and serialises the same bytes as Signalbox answers, and does nothing else.
import { Hono } from 'hono';

const app = new Hono();
let answers: readonly object[] = [{}];
let turn = 0;

/** What Signalbox answered, told before the load. */
app.put('/answers', async (c) => {
  answers = await c.req.json<readonly object[]>();
  turn = 0;
  return c.text('ok');
});
app.post('*', async (c) => {
  await c.req.json();
  turn = (turn + 1) % answers.length;
  return c.json(answers[turn]);
});

export default app;
