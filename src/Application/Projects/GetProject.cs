using CleanGateway.Application.Common;

namespace CleanGateway.Application.Projects;

/// <summary>One project; <c>project_not_found</c> if there is none of that id.</summary>
public sealed record GetProject(Guid Id) : IQuery<ProjectItem>;
