//! One mail, one conversation with a server, and what its end means for the mail.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Quit, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::message::{self, Envelope};
use super::refusal::{Failure, Step, judge};
use super::server::{Protection, Server};
use super::socket::Socket;
use crate::mail::{Mail, MailError};

/// How long everything may take, until the server has the mail or not. It is less than what a mailer may take, so that
/// the error says where it hung; and than the lease of the mail, so that nobody else sends it meanwhile.
const LONGEST: Duration = Duration::from_secs(28);
/// How long the answer to `QUIT` is waited for. By then the mail is sent.
const GOODBYE: Duration = Duration::from_secs(1);
/// Hands a mail over.
pub(super) async fn send(server: &Server, from: &Mailbox, mail: &Mail) -> Result<(), MailError> {
    // What cannot be written now never can.
    let envelope = message::write(mail, from).map_err(MailError::never)?;
    let mut step = Step::Connecting;
    let conversation = async {
        let mut connection = open(server, from, &mut step).await?;
        let done = hand_over(&mut connection, from, &envelope, &mut step).await;
        Ok::<_, Failure>((connection, done))
    };
    let result = match timeout(LONGEST, conversation).await {
        Ok(Ok((mut connection, done))) => {
            // Whatever comes of it, and outside of the time above: the mail is sent, or refused.
            let _ = timeout(GOODBYE, connection.command(Quit)).await;
            done
        }
        Ok(Err(failure)) => Err(failure),
        Err(_) => Err(Failure::Late),
    };
    result.map_err(|failure| judge(step, &failure))
}

/// Connects, with TLS, and signs in.
async fn open(server: &Server, from: &Mailbox, step: &mut Step) -> Result<AsyncSmtpConnection, Failure> {
    // The name of this machine means nothing to a server outside, and the address literal of lettre is that of loopback.
    let name = ClientId::Domain(from.email.domain().to_owned());
    let address = (server.host.as_str(), server.port);
    let mut connection = match &server.protection {
        Protection::Tls(tls) => {
            // Whoever speaks has shown a certificate before the first line is read.
            AsyncSmtpConnection::connect_tokio1(address, Some(LONGEST), &name, Some(tls.clone()), None).await?
        }
        Protection::StartTls(tls) => {
            let socket = connect(address, false).await?;
            *step = Step::Greeting;
            let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(socket), &name).await?;
            *step = Step::StartTls;
            if !connection.can_starttls() {
                return Err(Failure::Setting("the server offers no STARTTLS, and nothing is sent in the clear"));
            }
            connection.starttls(tls.clone(), &name).await?;
            connection
        }
        Protection::Loopback => {
            let socket = connect(address, true).await?;
            *step = Step::Greeting;
            AsyncSmtpConnection::connect_with_transport(Box::new(socket), &name).await?
        }
    };
    if let Some(credentials) = &server.credentials {
        *step = Step::SignIn;
        if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
            return Err(Failure::Setting("the server offers to sign in neither by PLAIN nor by LOGIN"));
        }
        connection.auth(DEFAULT_MECHANISMS, credentials).await?;
    }
    Ok(connection)
}

async fn connect(address: (&str, u16), loopback_only: bool) -> Result<Socket, Failure> {
    let stream = TcpStream::connect(address).await?;
    // A resolver may say what it likes about `localhost`.
    if loopback_only && !stream.peer_addr()?.ip().is_loopback() {
        return Err(Failure::Setting("`localhost` is another machine here, and nothing is sent in the clear"));
    }
    Ok(Socket::new(stream))
}

async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    from: &Mailbox,
    envelope: &Envelope,
    step: &mut Step,
) -> Result<(), Failure> {
    *step = Step::Sender;
    let mut parameters = Vec::new();
    if envelope.is_international {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Failure::Setting("the server does not take addresses beyond ASCII (SMTPUTF8)"));
        }
        parameters.push(MailParameter::SmtpUtfEight);
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let sender = MailFrom::new(Some(from.email.clone()), parameters);
    expect(Severity::PositiveCompletion, connection.command(sender).await?)?;
    *step = Step::Recipient;
    let recipient = Rcpt::new(envelope.to.clone(), Vec::new());
    expect(Severity::PositiveCompletion, connection.command(recipient).await?)?;
    *step = Step::Data;
    // With any other answer, the mail would be taken for commands.
    expect(Severity::PositiveIntermediate, connection.command(Data).await?)?;
    *step = Step::Text;
    expect(Severity::PositiveCompletion, connection.message(&envelope.text).await?)
}

fn expect(severity: Severity, response: Response) -> Result<(), Failure> {
    if response.code().severity == severity { Ok(()) } else { Err(Failure::Unexpected(response)) }
}
