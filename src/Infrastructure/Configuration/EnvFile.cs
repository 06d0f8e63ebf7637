using DotNetEnv;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>A <c>.env</c> file: <c>NAME=value</c> lines, comments, quotes. Read, never put into the environment.</summary>
public static class EnvFile
{
    /// <returns>What the file says; nothing where there is none.</returns>
    /// <exception cref="StartException">The file cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        if (!File.Exists(path))
            return new Dictionary<string, string>();

        try
        {
            return Env.NoEnvVars().Load(path)
                .GroupBy(pair => pair.Key, StringComparer.Ordinal)
                .ToDictionary(same => same.Key, same => same.Last().Value, StringComparer.Ordinal);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException || unreadable.GetType().Namespace == "Sprache")
        {
            throw new StartException($"The file {path} cannot be read: {unreadable.Message}", unreadable);
        }
    }
}
