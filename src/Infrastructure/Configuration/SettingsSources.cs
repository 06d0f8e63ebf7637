namespace CleanGateway.Infrastructure.Configuration;

/// <summary>Where settings are given, the strongest first: the environment, a <c>.env</c> file, a <c>config.yaml</c>.</summary>
public sealed class SettingsSources
{
    /// <summary>The variable that names the <c>config.yaml</c>.</summary>
    public const string ConfigVariable = "CLEANGATEWAY_CONFIG";

    private const string EnvFileName = ".env";
    private const string ConfigFileName = "config.yaml";
    private const string EnvironmentName = "environment";

    internal SettingsSources(IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, string> envFile, ConfigFile? config = null) =>
        (Environment, EnvFile, Config) = (environment, envFile, config);

    internal IReadOnlyDictionary<string, string> Environment { get; }

    internal IReadOnlyDictionary<string, string> EnvFile { get; }

    /// <summary>Null: there is none.</summary>
    internal ConfigFile? Config { get; }

    /// <summary>Where an operator would look first for a setting that is missing.</summary>
    internal string Usual => Config?.Path ?? EnvironmentName;

    /// <summary>
    /// Reads <c>.env</c> in the working folder, and the file that <see cref="ConfigVariable"/> names, else <c>config.yaml</c> in the
    /// working folder, where it is there. One that is LiteLLM's is left alone, unless it is named.
    /// </summary>
    /// <param name="environment">The process's environment.</param>
    /// <param name="folder">Another than the working folder.</param>
    /// <exception cref="StartException">A file cannot be read, or one that is named is not there.</exception>
    public static SettingsSources Find(IReadOnlyDictionary<string, string> environment, string folder = "") => new(
        environment,
        Configuration.EnvFile.Read(Path.Combine(folder, EnvFileName)),
        FindConfig(environment.GetValueOrDefault(ConfigVariable), Path.Combine(folder, ConfigFileName)));

    private static ConfigFile? FindConfig(string? named, string usual)
    {
        if (string.IsNullOrEmpty(named))
            return File.Exists(usual) && ConfigFile.Read(usual) is { IsLiteLlms: false } config ? config : null;

        if (!File.Exists(named))
            throw new StartException($"The file {named} was not found, which --config or {ConfigVariable} names");

        var file = ConfigFile.Read(named);
        return file.IsLiteLlms
            ? throw new StartException($"The file {named} is LiteLLM's: `cleangateway import-litellm {named}` takes over what it has; settings need a file of their own")
            : file;
    }

    /// <summary>What holds, where anything is given. "NAME=" means that there is nothing to say, not that the value is the empty text.</summary>
    internal GivenSetting? Find(string name)
    {
        if (Environment.GetValueOrDefault(name) is { Length: > 0 } inEnvironment)
            return new GivenSetting(inEnvironment, SettingOrigin.Environment, EnvironmentName);
        if (EnvFile.GetValueOrDefault(name) is { Length: > 0 } inEnvFile)
            return new GivenSetting(inEnvFile, SettingOrigin.EnvFile, EnvFileName);

        return Config?.Entries.GetValueOrDefault(name) is { Text.Length: > 0 } entry
            ? new GivenSetting(entry.Text, SettingOrigin.Config, $"{Config.Path}, line {entry.Line}", entry.IsList)
            : null;
    }

    /// <summary>Names in the files, which are the gateway's own: the environment holds others' too.</summary>
    internal IEnumerable<(string Name, string File, string Where)> NamesInFiles() =>
        EnvFile.Keys.Select(name => (name, $"the {EnvFileName} file", EnvFileName))
            .Concat(Config?.Entries.Select(entry => (entry.Key, Config.Path, $"{Config.Path}, line {entry.Value.Line}")) ?? []);
}

/// <summary>A value as it is written somewhere.</summary>
/// <param name="Where">For an operator to find it.</param>
/// <param name="IsList">It was written as a list.</param>
internal sealed record GivenSetting(string Text, SettingOrigin Origin, string Where, bool IsList = false)
{
    /// <summary>Only there does a dollar sign have a meaning.</summary>
    public bool HasReferences => Origin == SettingOrigin.Config && ConfigReferences.AreIn(Text);
}

/// <summary>Where a setting's value comes from.</summary>
public enum SettingOrigin
{
    /// <summary>Nobody gave one.</summary>
    Default,

    /// <summary>A variable.</summary>
    Environment,

    /// <summary>The <c>.env</c> file in the working folder.</summary>
    EnvFile,

    /// <summary>The <c>config.yaml</c>.</summary>
    Config,
}
