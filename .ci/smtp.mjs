// The same as smtp.py with a second server and parser: `smtp-server` and `mailparser` of npm.
import { execFile, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [program, modules] = process.argv.slice(2);
const require = createRequire(resolve(modules) + "/");
const { SMTPServer } = require("smtp-server");
const { simpleParser } = require("mailparser");

const taken = [];
const server = new SMTPServer({
  disabledCommands: ["AUTH", "STARTTLS"],
  onData(stream, session, done) {
    simpleParser(stream, { skipTextToHtml: true, skipHtmlToText: true }).then((mail) => {
      taken.push({ mail, to: session.envelope.rcptTo.map((one) => one.address) });
      done();
    }, done);
  },
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const environment = {
  ...process.env,
  SMTP_URL: `smtp://127.0.0.1:${server.server.address().port}`,
  SMTP_FROM: "Shop <no-reply@shop.example>",
};
const output = await new Promise((ended, failed) => {
  execFile(program, { env: environment, timeout: 60_000 }, (error, text, errors) => (error ? failed(errors) : ended(text)));
});
server.close();

const lines = (text) => text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
const sent = new Map(output.trim().split("\n").map((line) => JSON.parse(line)).map((mail) => [mail.id, mail]));
const fail = (what) => {
  console.error(`smtp-server: ${what}`);
  process.exit(1);
};
if (taken.length !== sent.size || sent.size < 10) fail(`${taken.length} of ${sent.size} mails`);
for (const { mail, to } of taken) {
  const was = sent.get(mail.messageId) ?? fail(`an unknown id ${mail.messageId}`);
  sent.delete(mail.messageId);
  if (to.length !== 1 || to[0] !== was.to || mail.to.text !== was.to || mail.bcc) fail(`for ${to}: ${was.to}`);
  if (lines(mail.text) !== lines(was.text)) fail(`${JSON.stringify(mail.text)} was ${JSON.stringify(was.text)}`);
  if (lines(mail.html) !== lines(was.html)) fail(`${JSON.stringify(mail.html)} was ${JSON.stringify(was.html)}`);
  if (mail.headers.get("auto-submitted") !== "auto-generated") fail("no Auto-Submitted");
}
console.log(`smtp-server of npm: ${taken.length} mails arrived, each once and whole`);

// Two mails through a server that fails once, at the first of them.
async function survives(at, act) {
  const what = `${act} at ${at}`;
  const arrived = [];
  let failed = false;
  const hostile = new SMTPServer({ disabledCommands: ["AUTH", "STARTTLS"], disableReverseLookup: true, logger: false });
  const step = (here) => (...given) => {
    const [session, done] = given.slice(-2);
    if (here !== at || failed) return done();
    failed = true;
    if (act === "hang") return;
    if (act === "drop") return [...hostile.connections].find((one) => one.session.id === session.id)._socket.destroy();
    done(Object.assign(new Error("hostile"), { responseCode: act }));
  };
  hostile.onConnect = step("connection");
  hostile.onMailFrom = step("MAIL");
  hostile.onRcptTo = step("RCPT");
  hostile.onData = (stream, session, done) => {
    const refuses = at === "text" && !failed && Number.isInteger(act);
    simpleParser(stream).then((mail) => {
      if (!refuses) arrived.push(mail);
      step("text")(session, done);
    }, done);
  };
  hostile.on("error", () => {});
  await new Promise((ready) => hostile.listen(0, "127.0.0.1", ready));
  const url = `smtp://127.0.0.1:${hostile.server.address().port}`;
  const child = spawn(program, ["hostile"], { env: { ...environment, SMTP_URL: url }, stdio: "pipe" });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (errors += text));
  child.stdin.end("\n");
  const code = await new Promise((ended) => child.on("close", ended));
  await new Promise((closed) => hostile.close(closed));
  const [tried, ...lines] = output.trim().split("\n");
  if (tried !== "tried" || !failed) fail(`${what}: ${output} ${errors}`);
  const ids = new Map();
  for (const { to, id } of lines.map((line) => JSON.parse(line))) {
    if (ids.has(to) && ids.get(to) !== id) fail(`${what}: two ids for ${to}`);
    ids.set(to, id);
  }
  const counts = ["user0@example.org", "user1@example.org"].map(
    (to) => arrived.filter((mail) => mail.to.text === to && mail.messageId === ids.get(to)).length,
  );
  // What is said of a recipient for good ends its mail; what was taken before the answer comes once more.
  const first = at === "RCPT" && act >= 550 ? 0 : at === "text" && !Number.isInteger(act) ? 2 : 1;
  if (ids.size !== 2 || counts[0] !== first || counts[1] !== 1 || arrived.length !== first + 1) {
    fail(`${what}: ${counts} of ${arrived.length} mails, ${errors}`);
  }
  if (code !== (first ? 0 : 1) || errors.includes("#t=")) fail(`${what}: ${code} ${errors}`);
}

const cases = ["connection", "MAIL", "RCPT", "text"].flatMap((at) => ["hang", "drop", 421, 452, 550, 554].map((act) => [at, act]));
await Promise.all(cases.map(([at, act]) => survives(at, act)));
console.log(`smtp-server of npm: ${cases.length} ways to fail, and nothing was lost`);
process.exit(0);
