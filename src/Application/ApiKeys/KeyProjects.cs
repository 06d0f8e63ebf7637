using CleanGateway.Application.Projects;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Projects;

namespace CleanGateway.Application.ApiKeys;

/// <summary>The projects that keys belong to.</summary>
internal static class KeyProjects
{
    /// <returns>Null where no name is given.</returns>
    /// <exception cref="GatewayException">There is no project of this name.</exception>
    public static async Task<Project?> NamedAsync(this IProjectRepository projects, string? name, CancellationToken cancellationToken)
    {
        if (name is null)
            return null;

        return await projects.FindAsync(StorableText.Of(name)!, cancellationToken)
            ?? throw new GatewayException(GatewayError.Invalid(
                $"'project' is '{StorableText.Safe(name)}': expected the name of a project that is there.", "project", "unknown_project"));
    }

    /// <returns>Null where the key belongs to none.</returns>
    public static async Task<Project?> OfAsync(this IProjectRepository projects, ProjectId? id, CancellationToken cancellationToken) =>
        id is { } known ? await projects.FindAsync(known, cancellationToken) : null;
}
