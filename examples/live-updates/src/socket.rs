//! A WebSocket: the guard decides before the upgrade, and the socket checks again as long as it is open.

use auth::{Auth, protected};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use tokio::sync::broadcast;
use tokio::time::{MissedTickBehavior, interval};

use crate::{App, Pulse, User, UserClaims};

#[protected]
pub(crate) async fn socket(claims: UserClaims, State(app): State<App>, upgrade: WebSocketUpgrade) -> Response {
    let App { auth, messages, pulse } = app;
    let messages = messages.subscribe();
    // Clients send nothing longer than a token.
    upgrade.max_message_size(8 * 1024).on_upgrade(move |socket| live(socket, auth, claims, messages, pulse))
}

async fn live(
    mut socket: WebSocket,
    auth: Auth<User>,
    mut claims: UserClaims,
    mut messages: broadcast::Receiver<String>,
    Pulse(pulse): Pulse,
) {
    let mut pulse = interval(pulse);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let news = tokio::select! {
            _ = pulse.tick() => None,
            news = messages.recv() => match news {
                Ok(news) => Some(news),
                Err(broadcast::error::RecvError::Lagged(_)) => None,
                Err(broadcast::error::RecvError::Closed) => return,
            },
            said = socket.recv() => match said {
                Some(Ok(Message::Text(token))) => match renewed(&auth, &claims, &token) {
                    Some(fresh) => {
                        claims = fresh;
                        None
                    }
                    None => break,
                },
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => None,
            },
        };
        // Checked before sending: a session that has ended must not receive anything new.
        if !auth.still_valid(&claims) {
            break;
        }
        if let Some(news) = news
            && socket.send(Message::Text(news.into())).await.is_err()
        {
            return;
        }
    }
    let reason = CloseFrame { code: close_code::POLICY, reason: "sign in again".into() };
    let _ = socket.send(Message::Close(Some(reason))).await;
}

/// Verifies a newer token. It must be of the user and session with which the socket was opened.
fn renewed(auth: &Auth<User>, claims: &UserClaims, token: &str) -> Option<UserClaims> {
    auth.verify(token).ok().filter(|fresh| fresh.sub == claims.sub && fresh.sid == claims.sid)
}
