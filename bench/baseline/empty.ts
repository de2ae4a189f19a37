// The emptiest Worker there is: it does not read what it is sent.
import { Hono } from 'hono';

const app = new Hono();
app.all('*', (c) => c.text('ok'));

export default app;
