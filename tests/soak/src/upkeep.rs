//! What is done with a server that runs: keys, certificates and the file of the audit are
//! replaced, one after the other.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use soak::Failure;
use soak::audit::AuditTally;
use soak::server::{CERTIFICATE, Server};
use tokio::sync::watch;
use tokio::time::sleep;

/// Between two of these.
const EVERY: Duration = Duration::from_secs(10);

/// What was done, and read of the audit.
#[derive(Debug, Default)]
pub(crate) struct Upkeep {
    pub(crate) keys_rotated: u64,
    pub(crate) certificates_renewed: u64,
    /// Of all files that were moved away.
    pub(crate) audit: AuditTally,
}

impl Upkeep {
    /// Looks after the server until it is told to stop.
    ///
    /// # Errors
    /// A file cannot be replaced, or the server does not read it.
    pub(crate) async fn run(
        server: Arc<Server>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<Self, Failure> {
        let mut upkeep = Self::default();
        for turn in 0_u64.. {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                () = sleep(EVERY) => {}
            }
            match turn % 3 {
                0 => upkeep.rotate_keys(&server).await?,
                1 => upkeep.rotate_audit(&server).await?,
                _ => upkeep.renew_certificate(&server).await?,
            }
        }
        Ok(upkeep)
    }

    /// The new secrets hold beside the old ones until the next time, so that no call that was
    /// signed before is refused.
    async fn rotate_keys(&mut self, server: &Server) -> Result<(), Failure> {
        server.keys.write_next()?;
        server.reads_again("the keys are read again").await?;
        server.keys.use_next();
        self.keys_rotated += 1;
        Ok(())
    }

    async fn renew_certificate(&mut self, server: &Server) -> Result<(), Failure> {
        let Some(certificates) = &server.certificates else { return Ok(()) };
        // A server that is told only after that reads certificate and key as they are now.
        certificates.issue(CERTIFICATE)?;
        server.reads_again("the files of TLS are read again").await?;
        server.shows(&certificates.certificate(CERTIFICATE)).await?;
        self.certificates_renewed += 1;
        Ok(())
    }

    async fn rotate_audit(&mut self, server: &Server) -> Result<(), Failure> {
        let moved = server.move_audit()?;
        server.reads_again("the audit log is reopened").await?;
        self.audit.add(&moved)?;
        fs::remove_file(moved)?;
        Ok(())
    }
}
