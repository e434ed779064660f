use piao_ledger::ChainReader;

use crate::exit::Failure;
use crate::hands::connect::Session;

/// Where the chain is read.
pub(crate) enum Source<'a> {
    /// In the ledger's own database.
    Database(&'a ChainReader),
    /// Over HTTP, as whoever acts: a bureau or a node.
    Services(&'a Session),
}

/// Blocks read at once.
const PAGE: u32 = 200;

impl Source<'_> {
    /// The height of the newest block.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn head(&self) -> Result<u64, Failure> {
        match self {
            Self::Database(chain) => {
                let stored =
                    chain.stored().await.map_err(|error| Failure::fault("reading the chain", error))?;
                let stored = stored.filter(|stored| stored.genesis == chain.genesis().hash());
                stored.map(|stored| stored.height).ok_or_else(|| {
                    Failure::Negative("the database holds no chain of this genesis file".to_owned())
                })
            }
            Self::Services(session) => {
                // Whatever is answered says how far the services are.
                let read = session.client.blocks(0, 1).await;
                read.map_err(|error| session.failure(error))?;
                Ok(session.client.height())
            }
        }
    }

    /// Lines of blocks from a height on; none where there are none yet.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn blocks(&self, from: u64) -> Result<Vec<String>, Failure> {
        match self {
            Self::Database(chain) => {
                let lines = chain.blocks(from, PAGE).await;
                let lines = lines.map_err(|error| Failure::fault("reading the chain", error))?;
                let text = lines.into_iter().map(|line| String::from_utf8(line.to_vec()));
                text.collect::<Result<_, _>>().map_err(|error| Failure::fault("reading the chain", error))
            }
            Self::Services(session) => {
                let text = session.client.blocks(from, PAGE).await.map_err(|error| session.failure(error))?;
                Ok(text.split_inclusive('\n').map(str::to_owned).collect())
            }
        }
    }

    /// The newest signed checkpoint; none in the first moments of a chain.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn checkpoint(&self) -> Result<Option<String>, Failure> {
        match self {
            Self::Database(chain) => {
                chain.checkpoint().await.map_err(|error| Failure::fault("reading the checkpoint", error))
            }
            Self::Services(session) => match session.client.checkpoint().await {
                Ok(note) => Ok(Some(note)),
                Err(error) if error.problem().is_some_and(|problem| problem.status == 404) => Ok(None),
                Err(error) => Err(session.failure(error)),
            },
        }
    }
}
