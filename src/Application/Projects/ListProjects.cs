using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Projects;

/// <summary>All projects, in order of their names.</summary>
public sealed record ListProjects : IQuery<IReadOnlyList<ProjectItem>>;

/// <inheritdoc cref="Domain.Projects.Project"/>
/// <param name="Keys">How many keys belong to it.</param>
public sealed record ProjectItem(Guid Id, string Name, bool Enabled, long Keys, UsageLimits Limits);
