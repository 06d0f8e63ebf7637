using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.Providers;
using FluentValidation;

namespace CleanGateway.Application.LiteLlm;

/// <summary>
/// Takes the <c>config.yaml</c> of a LiteLLM proxy over: deployments become providers, models and aliases, all of them in
/// one transaction or none. Done again with the same file it changes nothing.
/// </summary>
/// <param name="File">The file's bytes: YAML.</param>
/// <param name="DryRun">Tells what would change, and changes nothing.</param>
/// <param name="Update">Rows of the same name that say something else are changed; without it they are reported and left alone.</param>
/// <param name="Environment">
/// What <c>os.environ/NAME</c> stands for where a value is needed at once, such as an address. Credentials stay references.
/// </param>
public sealed record ImportLiteLlm(
    ReadOnlyMemory<byte> File, bool DryRun = false, bool Update = false, IReadOnlyDictionary<string, string>? Environment = null)
    : ICommand<LiteLlmImport>
{
    public const int MaxFileBytes = 1024 * 1024;

    public override string ToString() => $"{File.Length} bytes";
}

/// <param name="Conflicts">Rows that say something else than the file, and were left as they are.</param>
/// <param name="NotCarriedOver">What the file says and nothing here does.</param>
/// <param name="Advice">What was carried over, and still needs somebody.</param>
public sealed record LiteLlmImport(
    bool DryRun, IReadOnlyList<ImportedRow> Made, IReadOnlyList<ImportedRow> Changed, IReadOnlyList<ImportedRow> Unchanged,
    IReadOnlyList<ImportedRow> Conflicts, IReadOnlyList<ImportNote> NotCarriedOver, IReadOnlyList<ImportNote> Advice);

/// <param name="Kind"><c>provider</c>, <c>model</c> or <c>alias</c>.</param>
/// <param name="Path">Where the file says so, for example <c>model_list[0]</c>.</param>
/// <param name="Detail">What it is, or what is different about it; never a secret.</param>
public sealed record ImportedRow(string Kind, string Name, string Path, string Detail);

/// <param name="Path">Where in the file, for example <c>router_settings.routing_strategy</c>.</param>
public sealed record ImportNote(string Path, string Reason);

/// <summary>YAML, read as JSON.</summary>
public interface IYamlReader
{
    /// <returns>The one document. Numbers are written as they are in the file.</returns>
    /// <exception cref="GatewayException">It is no YAML, or more than plain data; the message has line and column.</exception>
    JsonElement Read(ReadOnlyMemory<byte> utf8);
}

/// <summary>The rows an import reads and writes; what is added or changed is written by the unit of work.</summary>
public interface IRouteRows
{
    Task<IReadOnlyList<Provider>> ProvidersAsync(CancellationToken cancellationToken);

    /// <summary>Those of these names.</summary>
    Task<IReadOnlyList<Model>> ModelsAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken);

    /// <summary>Those of these names.</summary>
    Task<IReadOnlyList<ModelAlias>> AliasesAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken);

    void Add(Provider provider);

    void Add(Model model);

    void Add(ModelAlias alias);

    /// <summary>A model that is known without a row; null where there is none.</summary>
    Model? BuiltIn(string name);

    /// <summary>The type of provider that serves models of this word of LiteLLM's.</summary>
    string ProviderTypeOf(string litellmProvider);

    /// <summary>What the provider is asked for.</summary>
    string UpstreamNameOf(Model model);

    /// <summary>The address of a provider with this <c>config</c>.</summary>
    /// <exception cref="GatewayException">It is none that can be used; the message says why.</exception>
    Uri BaseUrlOf(string providerType, string config);

    /// <exception cref="GatewayException">They cannot be used; the message says why, and shows nothing of them.</exception>
    void CheckCredentials(string providerType, string credentials);
}

internal sealed class ImportLiteLlmValidator : AbstractValidator<ImportLiteLlm>
{
    public ImportLiteLlmValidator() => RuleFor(command => command.File)
        .Must(file => file.Length <= ImportLiteLlm.MaxFileBytes)
        .WithMessage(command => $"The file has {command.File.Length} bytes: allowed are {ImportLiteLlm.MaxFileBytes}.");
}
