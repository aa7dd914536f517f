// The same as smtp.py with a second server and parser: `smtp-server` and `mailparser` of npm.
import { execFile } from "node:child_process";
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
