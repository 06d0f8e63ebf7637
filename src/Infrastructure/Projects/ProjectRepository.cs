using CleanGateway.Application.Projects;
using CleanGateway.Domain.Projects;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.Projects;

internal sealed class ProjectRepository(GatewayDbContext context) : IProjectRepository
{
    public void Add(Project project) => context.Projects.Add(project);

    public Task<Project?> FindAsync(string name, CancellationToken cancellationToken) =>
        context.Projects.SingleOrDefaultAsync(project => project.Name == name, cancellationToken);
}
