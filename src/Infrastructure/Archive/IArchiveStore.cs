namespace CleanGateway.Infrastructure.Archive;

/// <summary>Where archived files end up.</summary>
internal interface IArchiveStore
{
    /// <summary>
    /// Puts a file there under a name with slashes; one that is there already is replaced, whole. A store that can see what
    /// is there keeps one that is longer, and puts the shorter beside it under another name.
    /// </summary>
    /// <exception cref="ArchiveStoreException">It is not there; it may be better the next time.</exception>
    Task PutAsync(string name, string file, CancellationToken cancellationToken);
}

/// <summary>A store has not taken a file. The message says why, and nothing that is secret.</summary>
internal sealed class ArchiveStoreException(string message, Exception inner) : Exception(message, inner);
